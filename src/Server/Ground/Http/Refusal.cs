namespace Paddock.Server.Ground.Http;

/// <summary>The reason for a refusal. It determines the status.</summary>
internal enum Because
{
    BadInput,
    NotSignedIn,
    NotAllowed,
    NotFound,
    Conflict,
    NeedsPlan,
    TooMany,
    TooLarge,
    BadRange,
    NotPossible,
    TakesTooLong,
    NoRoom,
    BadEncoding,
    HostedOnly,
}

/// <summary>
/// An expected refusal of a request. It is the only exception used for an expected outcome, because it must also roll
/// back the current transaction. The message is sent to the caller unchanged.
/// </summary>
internal sealed class Refusal(Because because, string message) : Exception(message)
{
    public Because Because => because;

    /// <summary>How long the caller should wait before a retry.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The OCI error code, if the protocol has one for this.</summary>
    public string? OciCode { get; init; }

    /// <summary>The fleet API's error code, if it differs from the default for the status.</summary>
    public string? FleetCode { get; init; }

    /// <summary>The scope that the key lacks, if that is the reason.</summary>
    public Core.Wire.ApiScope? LackingScope { get; init; }

    public static Refusal BadInput(string message) => new(Because.BadInput, message);

    public static Refusal NotSignedIn(string message) => new(Because.NotSignedIn, message);

    public static Refusal NotAllowed(string message) => new(Because.NotAllowed, message);

    public static Refusal NotFound(string noun, object? named) =>
        new(
            Because.NotFound,
            $"There is no {noun} {Core.Names.Text.Quote(named?.ToString())} here, or you may not see it."
        );

    public static Refusal Conflict(string message) => new(Because.Conflict, message);
}

namespace Paddock.Server.Ground.Http;

/// <summary>Why a request gets no: decides the status.</summary>
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
/// An expected no. It is an exception, and the only one, because it must also undo the transaction that it happens in;
/// the words go to the caller as they are.
/// </summary>
internal sealed class Refusal(Because because, string message) : Exception(message)
{
    public Because Because => because;

    /// <summary>When it may be worth another try.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The registry's own word for it, where its protocol has one.</summary>
    public string? OciCode { get; init; }

    /// <summary>The fleet API's own word for it, where it is not the one that goes with the status.</summary>
    public string? FleetCode { get; init; }

    /// <summary>What the key lacks, where that is why.</summary>
    public Core.Wire.ApiScope? LackingScope { get; init; }

    public static Refusal BadInput(string message) => new(Because.BadInput, message);

    public static Refusal NotSignedIn(string message) => new(Because.NotSignedIn, message);

    public static Refusal NotAllowed(string message) => new(Because.NotAllowed, message);

    public static Refusal NotFound(string noun, object? named) =>
        new(
            Because.NotFound,
            $"There is no {noun} {Core.Names.Text.Quote(named?.ToString())} here, or it is not for you to see."
        );

    public static Refusal Conflict(string message) => new(Because.Conflict, message);
}

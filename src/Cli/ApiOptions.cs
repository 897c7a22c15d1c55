namespace Paddock.Cli;

/// <summary>A client's timeouts and retries, and how strict it is.</summary>
internal sealed record ApiOptions
{
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);
    public int Attempts { get; init; } = 35;

    /// <summary>The wait before the second attempt; doubled before each further one.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromSeconds(30);
    public bool AnyCertificate { get; init; }

    /// <summary>
    /// True to fail on an answer that lacks a part of its documented form, instead of showing it unchanged.
    /// </summary>
    public bool Strict { get; init; }

    /// <summary>True to print nothing about retries and versions.</summary>
    public bool Quiet { get; init; }
}

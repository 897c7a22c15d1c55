using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground.Database;

/// <summary>What the reads of requests may take from the database.</summary>
/// <param name="TimeMax">How long the reads of one request's step may take, the wait for a connection included.</param>
/// <param name="ConnectionsMax">How many reads run at the same time; null for as many as suit the engine.</param>
internal sealed record ReadLimits(TimeSpan TimeMax, int? ConnectionsMax = null)
{
    private const int WaitingEach = 1024; // A browser or a CI service asks for dozens of things at once.

    public static ReadLimits Usual { get; } = new(TimeSpan.FromSeconds(20));

    /// <summary>
    /// Connections beside those of requests: runners, sweeps and the look-up of callers wait for no request.
    /// </summary>
    public const int Reserved = 2;

    public FairGate Gate(int standard) =>
        new(GateLimits.Half(ConnectionsMax ?? standard, WaitingEach) with { Reserved = Reserved }, "requests");

    /// <summary>Only reads of a request have a time budget: the server's own work may take as long as it
    /// needs.</summary>
    public TimeSpan? BudgetOf(CancellationToken ct) =>
        ct.CanBeCanceled && Requester.Current is not null ? TimeMax : null;

    /// <summary>A read that nobody can cancel is the server's own, or of a runner's channel.</summary>
    public static CallerKey CallerOf(CancellationToken ct) => ct.CanBeCanceled ? Requester.CurrentKey : default;

    public Refusal TookTooLong() =>
        new(
            Because.TakesTooLong,
            $"Reading this took longer than the {TimeMax.TotalSeconds:0.###} seconds that a request has. "
                + "Ask for less at once, or try again when the server is less busy."
        );
}

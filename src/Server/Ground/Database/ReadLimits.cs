using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground.Database;

/// <summary>Limits on the database reads of requests.</summary>
/// <param name="TimeMax">How long the reads of one step of a request may take, including the wait for a
/// connection.</param>
/// <param name="ConnectionsMax">How many reads may run at the same time; null for the engine's default.</param>
internal sealed record ReadLimits(TimeSpan TimeMax, int? ConnectionsMax = null)
{
    private const int WaitingEach = 1024; // A browser or CI service sends dozens of requests at once.

    public static ReadLimits Usual { get; } = new(TimeSpan.FromSeconds(20));

    /// <summary>
    /// Connections on top of those for requests, so that runners, background sweeps and caller lookups never wait for
    /// requests.
    /// </summary>
    public const int Reserved = 2;

    public FairGate Gate(int standard) =>
        new(GateLimits.Half(ConnectionsMax ?? standard, WaitingEach) with { Reserved = Reserved }, "requests");

    /// <summary>
    /// The time budget of a read. Only reads of requests have one: the server's own work may take as long as it needs.
    /// </summary>
    public TimeSpan? BudgetOf(CancellationToken ct) =>
        ct.CanBeCanceled && Requester.Current is not null ? TimeMax : null;

    /// <summary>
    /// The caller whose share a read uses. A read that cannot be canceled is the server's own or a runner channel's,
    /// and uses no share.
    /// </summary>
    public static CallerKey CallerOf(CancellationToken ct) => ct.CanBeCanceled ? Requester.CurrentKey : default;

    public Refusal TookTooLong() =>
        new(
            Because.TakesTooLong,
            $"Reading this took longer than {TimeMax.TotalSeconds:0.###} seconds, the limit for a request. Ask for "
                + "less at once, or try again when the server is less busy."
        );
}

using Paddock.Core.Adapters;
using Paddock.Core.Wire;

namespace Paddock.Server.Ground.RateLimits;

/// <summary>Fair gates for work that costs much CPU or memory.</summary>
/// <param name="places">How many runs with a pattern are parsed at the same time.</param>
internal sealed class Shares(int places)
{
    private const int PlotsMax = 8;
    private const int PlotsEach = 2;
    private const int WaitingEach = 64;
    private const int TriesMax = 16;
    private const int TriesEach = 2;

    private readonly FairGate patterns = new(
        new(places, Each: 1, Addresses: int.MaxValue, WaitingEach),
        "runs with a pattern"
    );

    /// <summary>The gate for plots, held from reading their data until the client has read the answer.</summary>
    public FairGate Plots { get; } = new(new(PlotsMax, PlotsEach, Addresses: PlotsMax - 1, WaitingEach), "plots");

    /// <summary>
    /// The gate for outgoing requests to an address that the caller chose and that may respond slowly.
    /// </summary>
    public FairGate Tries { get; } =
        new(new(TriesMax, TriesEach, Addresses: TriesMax - 1, WaitingEach), "tries of webhooks");

    public ValueTask<FairGate.Place> PlotAsync(CancellationToken ct) => Plots.EnterAsync(Requester.CurrentKey, ct);

    /// <summary>
    /// Waits for a place to parse results with a custom pattern: one run per caller at a time. Other adapters need no
    /// place.
    /// </summary>
    public ValueTask<FairGate.Place> PatternAsync(ReportSettings? settings, CallerKey caller, CancellationToken ct) =>
        settings?.Adapter == Adapter.Pattern ? patterns.EnterAsync(caller, ct) : default;
}

using Paddock.Core.Adapters;
using Paddock.Core.Wire;

namespace Paddock.Server.Ground.RateLimits;

/// <summary>The places for work that costs much processor or memory, shared fairly between callers.</summary>
/// <param name="places">How many runs with a pattern are read at the same time.</param>
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

    /// <summary>Plots with their data, from reading it until the client has taken the answer.</summary>
    public FairGate Plots { get; } = new(new(PlotsMax, PlotsEach, Addresses: PlotsMax - 1, WaitingEach), "plots");

    /// <summary>Requests that go out to an address which the caller names, and that it may keep waiting.</summary>
    public FairGate Tries { get; } =
        new(new(TriesMax, TriesEach, Addresses: TriesMax - 1, WaitingEach), "tries of webhooks");

    public ValueTask<FairGate.Place> PlotAsync(CancellationToken ct) => Plots.EnterAsync(Requester.CurrentKey, ct);

    /// <summary>A team's own pattern is tried for one run of a caller at a time; other adapters need no
    /// place.</summary>
    public ValueTask<FairGate.Place> PatternAsync(ReportSettings? settings, CallerKey caller, CancellationToken ct) =>
        settings?.Adapter == Adapter.Pattern ? patterns.EnterAsync(caller, ct) : default;
}

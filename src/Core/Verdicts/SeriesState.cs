using System.Buffers.Binary;
using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>
/// The state for judging one series: a new value is judged without reading the history. Store its bytes with the
/// series, in the report's transaction. Where <see cref="Read"/> gives null, rebuild the state from the metrics.
/// </summary>
/// <remarks>
/// Values are compared within a kind of machine (<see cref="Observation.Environment"/>). Each of the latest few kinds
/// has a lane, so that going back to an older machine finds its values again. Not thread-safe.
/// </remarks>
public sealed class SeriesState
{
    // Version 2 added where the values before a change begin. Version 1 can still be read.
    private const byte Version = 2,
        OldestVersion = 1;
    private const int LanesMax = 4;

    private readonly List<Lane> lanes = []; // The most recently used first.
    private int number;
    private long? lastAt;

    /// <summary>The key of the newest value; null before the first.</summary>
    public long? LastAt => lastAt;

    internal int NextNumber() => ++number;

    /// <summary>
    /// Judges a new value: the newest of its series, one per report. Pass the median over the report's iterations that
    /// have the benchmark. NaN and infinite values are ignored.
    /// </summary>
    public Verdict Append(Observation observation, Rules rules)
    {
        if (!double.IsFinite(observation.Value))
            return Look(rules);
        var former = lanes.Count > 0 ? lanes[0] : null;
        var before = former?.Environment;
        var lane = Enter(observation.Environment);
        var isNew = lane.IsEmpty;
        lastAt = observation.At;
        var (events, p) = lane.Append(observation.At, observation.Value, rules);
        var isOther = former is not null && former != lane;
        if (isOther && isNew)
            events = [new(EventKind.EnvironmentChanged), .. events];
        return lane.Verdict(rules, events, p, Open(), lanes.Count, Before(lane, isOther ? before : null));
    }

    /// <summary>
    /// Judges reruns in place of the newest value, when its verdict wanted them. The reruns do not become part of the
    /// series; only their outcome is kept. <see cref="ReportJudge.Confirm"/> judges the reruns of a whole report.
    /// </summary>
    public Verdict Confirm(ReadOnlySpan<double> fresh, Rules rules) => Confirm(fresh, rules, Levels.Reruns);

    /// <inheritdoc cref="Confirm(ReadOnlySpan{double}, Rules)"/>
    /// <param name="level">The level of the rank test: <see cref="ReportJudge.RerunLevel"/>.</param>
    public Verdict Confirm(ReadOnlySpan<double> fresh, Rules rules, double level) =>
        lanes.Count == 0 ? Look(rules) : Say(lanes[0].Confirm(fresh, rules, level), rules);

    internal double RerunChance(ReadOnlySpan<double> fresh) =>
        lanes.Count == 0 ? double.NaN : lanes[0].RerunChance(fresh);

    /// <summary>
    /// Judges interleaved runs of base and head: value i of both sides is pair i, and the order within each pair must
    /// be random. The pairs answer the suspicion, if any; without a suspicion they are tested for both sides. Only the
    /// first 40 pairs are used.
    /// </summary>
    /// <param name="since">Only without a suspicion: the key of the head that ran; null for the newest value.</param>
    public Verdict Pairs(ReadOnlySpan<double> @base, ReadOnlySpan<double> head, Rules rules, long? since = null)
    {
        if (lanes.Count == 0)
            return Look(rules);
        var (events, p) = lanes[0].Pairs(@base, head, rules, since);
        return Say(events, rules, p);
    }

    /// <summary>
    /// Judges runs of base and head where all of one side came after all of the other. They refute a suspicion that
    /// they do not show. If they show it, the head's runs count as reruns in place, since the machine may have changed
    /// in between.
    /// </summary>
    public Verdict Apart(ReadOnlySpan<double> @base, ReadOnlySpan<double> head, Rules rules)
    {
        if (lanes.Count == 0)
            return Look(rules);
        var (events, p) = lanes[0].Pairs(@base, head, rules, since: null, inTurns: false);
        return Say(events, rules, p);
    }

    /// <summary>The current verdict, without a new value.</summary>
    public Verdict Look(Rules rules) =>
        lanes.Count > 0
            ? Say([], rules)
            : new()
            {
                State = VerdictState.Young,
                Value = double.NaN,
                Median = double.NaN,
                Spread = double.NaN,
                Kinds = 0,
            };

    /// <summary>Accepts the new level as the baseline from now on. A number that is not open has no effect.</summary>
    public Verdict Accept(int change, Rules rules) => Decide(l => l.Decide(change, dismissed: false), rules);

    /// <summary>
    /// Dismisses the change as wrong. The values after it stay the reference; only the recorded decision differs from
    /// accepting.
    /// </summary>
    public Verdict Dismiss(int change, Rules rules) => Decide(l => l.Decide(change, dismissed: true), rules);

    /// <summary>Undoes one of the latest few decisions.</summary>
    public Verdict Reopen(int change, Rules rules) => Decide(l => l.Reopen(change), rules);

    /// <summary>
    /// Adds a change that pairs or a person decided, while the state is rebuilt from the metrics: call it after the
    /// value at which the change was proven. Then call <see cref="Accept"/> or <see cref="Dismiss"/> if it ended that
    /// way.
    /// </summary>
    public void Restore(Change change)
    {
        if (lanes.Count == 0)
            return;
        number = Math.Max(number, change.Number);
        lanes[0].Restore(change);
    }

    /// <summary>
    /// A copy for a new head that starts here: the history is shared, and open changes become inherited ones.
    /// </summary>
    public SeriesState Fork()
    {
        var fork = Read(Write())!;
        foreach (var lane in fork.lanes)
            lane.Inherit();
        return fork;
    }

    /// <summary>Serializes the state: at most about 1 KB for each of at most 4 kinds of machine.</summary>
    public byte[] Write()
    {
        using MemoryStream bytes = new(1024);
        using BinaryWriter to = new(bytes);
        to.Write(Version);
        to.Write7BitEncodedInt(number);
        to.Write(lastAt is not null);
        to.Write7BitEncodedInt64(lastAt ?? 0);
        to.Write((byte)lanes.Count);
        foreach (var lane in lanes)
            lane.Write(to);
        to.Write(Checksum(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
        return bytes.ToArray();
    }

    /// <summary>
    /// Null where the bytes have another version or are damaged: append the metrics to a new state instead.
    /// </summary>
    public static SeriesState? Read(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < 1 + sizeof(uint) || blob[0] is < OldestVersion or > Version)
            return null;
        if (BinaryPrimitives.ReadUInt32LittleEndian(blob[^sizeof(uint)..]) != Checksum(blob[..^sizeof(uint)]))
            return null;
        try
        {
            using MemoryStream bytes = new(blob[1..^sizeof(uint)].ToArray());
            using BinaryReader from = new(bytes);
            SeriesState state = new() { number = from.Read7BitEncodedInt() };
            var (any, at) = (from.ReadBoolean(), from.Read7BitEncodedInt64());
            state.lastAt = any ? at : null;
            for (var n = from.ReadByte(); n > 0; n--)
                state.lanes.Add(Lane.Read(from, state, blob[0]));
            return bytes.Position == bytes.Length && state.lanes.Count <= LanesMax ? state : null;
        }
        catch (Exception e) when (e is IOException or FormatException or InvalidDataException)
        {
            return null;
        }
    }

    // FNV-1a (Fowler, Noll, Vo), 32 bits.
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var hash = 2166136261;
        foreach (var value in bytes)
            hash = (hash ^ value) * 16777619;
        return hash;
    }

    private Lane Enter(ulong environment)
    {
        if (lanes.Count > 0 && (environment == 0 || lanes[0].Environment == environment))
            return lanes[0];
        var index = IndexOf(environment);
        if (index < 0 && lanes is [{ Environment: 0 }])
        {
            lanes[0].Environment = environment; // The first known environment applies to the history without one.
            return lanes[0];
        }
        if (index < 0 && lanes.FindIndex(l => KindKey.MayBeSame(l.Environment, environment)) is var same and >= 0)
        {
            index = same; // The same machine; its harness was reported for the first time, or is missing now.
            lanes[index].Environment = KindKey.Known(lanes[index].Environment, environment);
            if (index == 0)
                return lanes[0];
        }
        var lane = index < 0 ? new Lane(this) { Environment = environment } : lanes[index];
        if (index >= 0)
            lanes.RemoveAt(index);
        else if (lanes.Count == LanesMax)
            lanes.RemoveAt(lanes.FindLastIndex(l => !l.HasOpen) is var idle and >= 0 ? idle : LanesMax - 1);
        lanes.Insert(0, lane);
        return lane;
    }

    private int IndexOf(ulong environment) => lanes.FindIndex(l => l.Environment == environment);

    // A lane counts as new for its first few values, not only for the first one: the reason stays with them.
    private ulong? Before(Lane lane, ulong? before) =>
        before ?? (lanes.Count > 1 && lane.Kept <= Levels.Least ? lanes[1].Environment : null);

    private IReadOnlyList<Change> Open()
    {
        foreach (var lane in lanes)
            if (lane.HasOpen)
                return [.. lanes.SelectMany(l => l.Open).OrderBy(c => c.Number)];
        return []; // Nearly always.
    }

    private Verdict Say(IReadOnlyList<ChangeEvent> events, Rules rules, double? p = null) =>
        lanes[0].Verdict(rules, events, p, Open(), lanes.Count, Before(lanes[0], null));

    private Verdict Decide(Func<Lane, ChangeEvent?> decision, Rules rules)
    {
        var decided = lanes.Select(decision).FirstOrDefault(e => e is not null);
        return decided is null ? Look(rules) : Say([decided], rules);
    }
}

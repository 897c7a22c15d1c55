using System.Buffers.Binary;
using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>
/// What judging one series needs to remember, so that a new value is judged without reading the history. Keep its bytes
/// beside the series, write them in the transaction of the report, and start again from the metrics where <see
/// cref="Read"/> gives null.
/// </summary>
/// <remarks>
/// Values are compared within a kind of machine (<see cref="Observation.Environment"/>): each of the latest few has a
/// lane of its own, so that going back to an older machine finds its values again. Not safe for two threads at once.
/// </remarks>
public sealed class SeriesState
{
    // 2 knows where the values before a change begin. What 1 has written is read on.
    private const byte Version = 2,
        OldestVersion = 1;
    private const int LanesMax = 4;

    private readonly List<Lane> lanes = []; // The latest first.
    private int number;
    private long? lastAt;

    /// <summary>The key of the newest value; null before the first.</summary>
    public long? LastAt => lastAt;

    internal int NextNumber() => ++number;

    /// <summary>
    /// Judges a new value: the newest of its series, one per report. Say the median of the report's iterations that
    /// have it. A value that is NaN or infinite is not taken up.
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
    /// Judges reruns in place of the newest value, when its verdict wanted them. They are not part of the series: what
    /// they show is kept, they are not. A whole report's are judged by <see cref="ReportJudge.Confirm"/>.
    /// </summary>
    public Verdict Confirm(ReadOnlySpan<double> fresh, Rules rules) => Confirm(fresh, rules, Levels.Reruns);

    /// <inheritdoc cref="Confirm(ReadOnlySpan{double}, Rules)"/>
    /// <param name="level">Of the rank test: <see cref="ReportJudge.RerunLevel"/>.</param>
    public Verdict Confirm(ReadOnlySpan<double> fresh, Rules rules, double level) =>
        lanes.Count == 0 ? Look(rules) : Say(lanes[0].Confirm(fresh, rules, level), rules);

    internal double RerunChance(ReadOnlySpan<double> fresh) =>
        lanes.Count == 0 ? double.NaN : lanes[0].RerunChance(fresh);

    /// <summary>
    /// Judges interleaved runs of base and head: value i of either is pair i, and chance must have drawn which ran
    /// first. They answer the suspicion where there is one; without one, either side counts. Of more than 40 pairs the
    /// first 40.
    /// </summary>
    /// <param name="since">
    /// Where there is no suspicion: the key of the head that ran; the newest value otherwise.
    /// </param>
    public Verdict Pairs(ReadOnlySpan<double> @base, ReadOnlySpan<double> head, Rules rules, long? since = null)
    {
        if (lanes.Count == 0)
            return Look(rules);
        var (events, p) = lanes[0].Pairs(@base, head, rules, since);
        return Say(events, rules, p);
    }

    /// <summary>
    /// Judges runs of base and head of which one side came after the other: they refute a suspicion that they do not
    /// show. Where they show it, the head's count as reruns in place, since the machine may have changed in between.
    /// </summary>
    public Verdict Apart(ReadOnlySpan<double> @base, ReadOnlySpan<double> head, Rules rules)
    {
        if (lanes.Count == 0)
            return Look(rules);
        var (events, p) = lanes[0].Pairs(@base, head, rules, since: null, inTurns: false);
        return Say(events, rules, p);
    }

    /// <summary>The verdict as it stands, without a new value.</summary>
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

    /// <summary>The new level is the baseline from now on. A number that is not open changes nothing.</summary>
    public Verdict Accept(int change, Rules rules) => Decide(l => l.Decide(change, dismissed: false), rules);

    /// <summary>
    /// The change was none. What came after it stays the reference; only the record differs from accepting it.
    /// </summary>
    public Verdict Dismiss(int change, Rules rules) => Decide(l => l.Decide(change, dismissed: true), rules);

    /// <summary>Undoes one of the latest few decisions.</summary>
    public Verdict Reopen(int change, Rules rules) => Decide(l => l.Reopen(change), rules);

    /// <summary>
    /// While a state is built again from the metrics: a change that pairs or a person decided, after the value at which
    /// it was proven. Follow it by <see cref="Accept"/> or <see cref="Dismiss"/> where that is how it ended.
    /// </summary>
    public void Restore(Change change)
    {
        if (lanes.Count == 0)
            return;
        number = Math.Max(number, change.Number);
        lanes[0].Restore(change);
    }

    /// <summary>
    /// The state of a new head at this start point: the history is shared, and open changes are not the new branch's.
    /// </summary>
    public SeriesState Fork()
    {
        var fork = Read(Write())!;
        foreach (var lane in fork.lanes)
            lane.Inherit();
        return fork;
    }

    /// <summary>At most about 1 KB for each of at most 4 kinds of machine.</summary>
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
    /// Null where the bytes are of another version, or are damaged: append the metrics to a new state instead.
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

    // The hash of Fowler, Noll and Vo, 1a, 32 bits.
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
            lanes[0].Environment = environment; // The first that tells its environment names the history that did not.
            return lanes[0];
        }
        if (index < 0 && lanes.FindIndex(l => KindKey.MayBeSame(l.Environment, environment)) is var same and >= 0)
        {
            index = same; // The same with the harness, which is told for the first time, or not told any more.
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

    // A lane is new for its first few values, not for one only: the reason stays with them.
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

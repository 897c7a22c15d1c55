using System.Text;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Verdict = Paddock.Core.Verdicts.Verdict;

namespace Paddock.Server.Results.Verdicts;

/// <summary>
/// A proven or suspected change in a stored verdict. Floats suffice: seven digits are enough for display.
/// </summary>
/// <param name="Since">The version at which the change begins.</param>
internal sealed record StoredEffect(
    long Since,
    bool IsWorse,
    bool IsInherited,
    float Before,
    float After,
    float Estimate,
    float Low,
    float High
);

/// <summary>The state of reruns in place: what they should answer, or have answered.</summary>
/// <param name="Count">The number of reruns; 0 if another report's reruns gave the answer.</param>
/// <param name="Reports">The number of further reports in which the change must repeat.</param>
/// <param name="Fails">True if the project wants a reproduced change to fail a job.</param>
/// <param name="ArePairs">True if base and head ran alternately.</param>
internal sealed record StoredReruns(
    RerunState State,
    int Count,
    int Reports,
    bool Fails = false,
    bool ArePairs = false
);

/// <summary>A switch to another kind of machine than that of the previous value.</summary>
/// <param name="Kinds">The number of kinds on which the series was measured.</param>
internal sealed record StoredMachines(long Before, long After, int Kinds);

/// <summary>
/// The verdict on one series of a report. Every series of every report has one, so the format is compact.
/// </summary>
internal sealed record StoredVerdict(
    Id<Series> SeriesId,
    VerdictState State,
    float Median,
    float Spread,
    float? Sees,
    float? SeesLater,
    int? RunsMissing,
    bool IsAlerting,
    StoredEffect? Effect,
    StoredReruns? Reruns = null,
    StoredMachines? Machines = null,
    TwoLevels? TwoLevels = null
)
{
    private const byte Format = 3,
        FormatWithoutTwoLevels = 2,
        FormatWithoutReruns = 1,
        FailsBit = 0x80,
        PairsBit = 0x40,
        MachinesBit = 0x80,
        TwoLevelsBit = 0x40;

    [Flags]
    private enum Has : byte
    {
        Sees = 1,
        SeesLater = 2,
        RunsMissing = 4,
        Effect = 8,
        Worse = 16,
        Inherited = 32,
        Alerting = 64,
        Reruns = 128,
    }

    /// <param name="isAlerting">False if a threshold judges the series, or if it must not alert.</param>
    /// <param name="fails">True if the project wants a reproduced change to fail a job.</param>
    /// <param name="environment">The kind of machine; 0 if unknown.</param>
    public static StoredVerdict Of(
        Id<Series> seriesId,
        Verdict verdict,
        bool isAlerting,
        bool fails,
        long environment
    ) =>
        new(
            seriesId,
            verdict.State,
            (float)verdict.Median,
            (float)verdict.Spread,
            (float?)verdict.SeesSoon,
            (float?)verdict.SeesLater,
            verdict.RunsMissing,
            isAlerting,
            EffectOf(verdict),
            RerunsOf(verdict, isAlerting, fails),
            verdict.EnvironmentBefore is { } before ? new(KindKey.Id(before), environment, verdict.Kinds) : null,
            verdict.TwoLevels is var (low, high) ? new(low, high) : null
        );

    /// <summary>The verdict updated with the outcome of reruns.</summary>
    /// <param name="count">The number of values from the reruns.</param>
    /// <inheritdoc cref="Of"/>
    public StoredVerdict After(Verdict verdict, int count, bool fails)
    {
        var isRefuted = verdict.Events.Any(e => e.Kind == EventKind.Refuted);
        return Of(SeriesId, verdict, IsAlerting, fails, environment: 0) with
        {
            Machines = Machines,
            Reruns = isRefuted
                ? new(RerunState.Refuted, count, 0)
                : new(
                    RerunState.Reproduced,
                    count,
                    verdict.Suspicion?.ReportsWanted ?? 0,
                    fails && verdict.Suspicion is { IsWorse: true }
                ),
        };
    }

    /// <summary>
    /// The verdict updated after alternating runs of base and head: refuted, or the state's new verdict.
    /// </summary>
    /// <param name="pairs">The number of pairs.</param>
    /// <inheritdoc cref="Of"/>
    public StoredVerdict AfterPairs(Verdict verdict, int pairs, bool fails)
    {
        var after = Of(SeriesId, verdict, IsAlerting, fails, environment: 0) with { Machines = Machines };
        return verdict.Events.Any(e => e.Kind == EventKind.Refuted)
            ? after with
            {
                Reruns = new(RerunState.Refuted, pairs, 0, ArePairs: true),
            }
            : after;
    }

    // If only a threshold may alert, rerunning the benchmark is not worth the time.
    private static StoredReruns? RerunsOf(Verdict verdict, bool isAlerting, bool fails) =>
        verdict is not { State: VerdictState.Suspected, Suspicion: { } suspicion } ? null
        : suspicion.IsReproduced ? new(RerunState.Reproduced, 0, suspicion.ReportsWanted, fails && suspicion.IsWorse)
        : isAlerting && suspicion.RerunsWanted > 0 ? new(RerunState.Wanted, suspicion.RerunsWanted, 0)
        : null;

    private static StoredEffect? EffectOf(Verdict verdict) =>
        verdict switch
        {
            { State: VerdictState.Slower or VerdictState.Faster, Change: { } change } => new(
                change.Since,
                change.IsWorse,
                change.Inherited,
                (float)change.Before,
                (float)change.After,
                (float)change.Effect.Estimate,
                (float)change.Effect.Low,
                (float)change.Effect.High
            ),
            { State: VerdictState.Suspected, Suspicion: { } suspicion } => new(
                suspicion.Since,
                suspicion.IsWorse,
                IsInherited: false,
                (float)verdict.Median,
                (float)verdict.Value,
                (float)suspicion.Effect.Estimate,
                (float)suspicion.Effect.Low,
                (float)suspicion.Effect.High
            ),
            _ => null,
        };

    /// <summary>Packs all verdicts of a report in the order of their series, in about 20 bytes each.</summary>
    public static byte[] Pack(IReadOnlyList<StoredVerdict> verdicts)
    {
        using var stream = new MemoryStream(verdicts.Count * 24);
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Format);
        writer.Write7BitEncodedInt(verdicts.Count);
        var former = 0L;
        foreach (var verdict in verdicts.OrderBy(one => one.SeriesId.Value))
        {
            writer.Write7BitEncodedInt64(verdict.SeriesId.Value - former);
            former = verdict.SeriesId.Value;
            verdict.Write(writer);
        }
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Unpacks verdicts; empty if the bytes have an unknown format.</summary>
    public static IReadOnlyList<StoredVerdict> Unpack(byte[] packed)
    {
        using var reader = new BinaryReader(new MemoryStream(packed), Encoding.UTF8);
        if (reader.ReadByte() is not (Format or FormatWithoutTwoLevels or FormatWithoutReruns))
            return [];
        var verdicts = new StoredVerdict[reader.Read7BitEncodedInt()];
        var series = 0L;
        for (var i = 0; i < verdicts.Length; i++)
            verdicts[i] = Read(reader, new Id<Series>(series += reader.Read7BitEncodedInt64()));
        return verdicts;
    }

    private void Write(BinaryWriter writer)
    {
        var has =
            (Sees is null ? 0 : Has.Sees)
            | (SeesLater is null ? 0 : Has.SeesLater)
            | (RunsMissing is null ? 0 : Has.RunsMissing)
            | (Effect is null ? 0 : Has.Effect)
            | (Effect is { IsWorse: true } ? Has.Worse : 0)
            | (Effect is { IsInherited: true } ? Has.Inherited : 0)
            | (IsAlerting ? Has.Alerting : 0)
            | (Reruns is null ? 0 : Has.Reruns);
        writer.Write(
            (byte)((byte)State | (Machines is null ? 0 : MachinesBit) | (TwoLevels is null ? 0 : TwoLevelsBit))
        );
        writer.Write((byte)has);
        writer.Write(Median);
        writer.Write(Spread);
        if (Sees is { } sees)
            writer.Write(sees);
        if (SeesLater is { } later)
            writer.Write(later);
        if (RunsMissing is { } runs)
            writer.Write7BitEncodedInt(runs);
        if (Machines is { } machines)
        {
            writer.Write7BitEncodedInt64(machines.Before);
            writer.Write7BitEncodedInt64(machines.After);
            writer.Write7BitEncodedInt(machines.Kinds);
        }
        if (TwoLevels is { } levels)
        {
            writer.Write((float)levels.Low);
            writer.Write((float)levels.High);
        }
        if (Reruns is { } reruns)
        {
            writer.Write((byte)((byte)reruns.State | (reruns.Fails ? FailsBit : 0) | (reruns.ArePairs ? PairsBit : 0)));
            writer.Write7BitEncodedInt(reruns.Count);
            writer.Write7BitEncodedInt(reruns.Reports);
        }
        if (Effect is not { } effect)
            return;
        writer.Write7BitEncodedInt64(effect.Since);
        foreach (
            var number in (ReadOnlySpan<float>)[effect.Before, effect.After, effect.Estimate, effect.Low, effect.High]
        )
            writer.Write(number);
    }

    private static StoredReruns ReadReruns(BinaryReader reader)
    {
        var state = reader.ReadByte();
        return new(
            (RerunState)(state & ~(FailsBit | PairsBit)),
            reader.Read7BitEncodedInt(),
            reader.Read7BitEncodedInt(),
            (state & FailsBit) != 0,
            (state & PairsBit) != 0
        );
    }

    private static StoredVerdict Read(BinaryReader reader, Id<Series> series)
    {
        var (flagged, has) = (reader.ReadByte(), (Has)reader.ReadByte());
        var state = (VerdictState)(flagged & ~(MachinesBit | TwoLevelsBit));
        var (median, spread) = (reader.ReadSingle(), reader.ReadSingle());
        float? sees = has.HasFlag(Has.Sees) ? reader.ReadSingle() : null;
        float? later = has.HasFlag(Has.SeesLater) ? reader.ReadSingle() : null;
        int? runs = has.HasFlag(Has.RunsMissing) ? reader.Read7BitEncodedInt() : null;
        var machines =
            (flagged & MachinesBit) == 0
                ? null
                : new StoredMachines(
                    reader.Read7BitEncodedInt64(),
                    reader.Read7BitEncodedInt64(),
                    reader.Read7BitEncodedInt()
                );
        var levels = (flagged & TwoLevelsBit) == 0 ? null : new TwoLevels(reader.ReadSingle(), reader.ReadSingle());
        var reruns = !has.HasFlag(Has.Reruns) ? null : ReadReruns(reader);
        var effect = !has.HasFlag(Has.Effect)
            ? null
            : new StoredEffect(
                reader.Read7BitEncodedInt64(),
                has.HasFlag(Has.Worse),
                has.HasFlag(Has.Inherited),
                reader.ReadSingle(),
                reader.ReadSingle(),
                reader.ReadSingle(),
                reader.ReadSingle(),
                reader.ReadSingle()
            );
        return new(
            series,
            state,
            median,
            spread,
            sees,
            later,
            runs,
            has.HasFlag(Has.Alerting),
            effect,
            reruns,
            machines,
            levels
        );
    }
}

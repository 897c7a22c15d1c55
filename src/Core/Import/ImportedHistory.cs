using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Core.Import;

/// <summary>The branch and testbed of imported runs whose source does not name them.</summary>
public sealed record ImportPlace(NameId<BranchName> Branch, NameId<ResourceName> Testbed);

/// <summary>The runs that an importer has read, and a summary of what importing them would create.</summary>
public sealed class ImportedHistory
{
    private readonly List<PastRun> runs = [];
    private readonly Dictionary<string, int> copies = [];
    private readonly List<LeftOut> leftOut = [];

    /// <summary>The runs, oldest first, because a branch gets its versions in this order.</summary>
    public IReadOnlyList<PastRun> Runs => KeepsOrder ? runs : [.. runs.OrderBy(run => run.StartTime)];

    /// <summary>
    /// True when the source lists the runs in the order in which they were recorded. That order is more reliable than
    /// their times.
    /// </summary>
    internal bool KeepsOrder { get; init; }

    public HashSet<string> Branches { get; } = [];
    public HashSet<string> Testbeds { get; } = [];
    public HashSet<string> Benchmarks { get; } = [];
    public HashSet<string> Measures { get; } = [];
    public long Values { get; private set; }

    /// <summary>The parts of the source that are not imported, up to <see cref="LeftOut.Max"/> entries.</summary>
    public IReadOnlyList<LeftOut> LeftOut => leftOut;

    public long LeftOutCount { get; private set; }

    /// <param name="source">Distinguishes the run from other runs of the same commit and time.</param>
    /// <param name="by">The adapter that the report names.</param>
    internal void Add(string source, ImportPlace place, GitHash? hash, DateTimeOffset time, Adapter by, Results results)
    {
        foreach (var one in results.LeftOut)
            LeaveOut($"{source}: {one.What}", one.Why);
        LeftOutCount += results.LeftOutCount - results.LeftOut.Count;
        if (!results.Benchmarks.Any(benchmark => benchmark.Metrics.Count > 0))
            return;
        if (!EnteredTime.IsAllowed(time))
        {
            LeaveOut(source, $"its time is not in the years {EnteredTime.YearMin} to {EnteredTime.YearMax}");
            return;
        }
        var identity = string.Join(
            '\n',
            source,
            place.Branch.Value,
            place.Testbed.Value,
            hash?.Value,
            time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)
        );
        var copy = copies[identity] = copies.GetValueOrDefault(identity) + 1;
        Add(
            new(
                KeyOf($"{identity}\n{copy}"),
                place.Branch,
                place.Testbed,
                time,
                time,
                [new(Compact.Write(by, results))],
                hash,
                by
            ),
            [results]
        );
    }

    /// <summary>Adds a run that already has an idempotency key.</summary>
    internal void Add(PastRun run, IEnumerable<Results> results)
    {
        runs.Add(run);
        Branches.Add(run.Branch.Value);
        Testbeds.Add(run.Testbed.Value);
        foreach (var benchmark in results.SelectMany(of => of.Benchmarks))
        {
            Benchmarks.Add(benchmark.Name.Value);
            foreach (var (measure, _) in benchmark.Metrics)
                Measures.Add(measure.Value);
            Values += benchmark.Metrics.Count;
        }
    }

    internal void LeaveOut(string what, string why)
    {
        LeftOutCount++;
        if (leftOut.Count < Adapters.LeftOut.Max)
            leftOut.Add(new(Adapters.LeftOut.Shortened(what), Adapters.LeftOut.Shortened(why)));
    }

    /// <summary>A UUID of RFC 9562 version 8, computed from a text.</summary>
    internal static Guid KeyOf(string text)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes("paddock import\n" + text)).AsSpan(0, 16);
        bytes[6] = (byte)(bytes[6] & 0x0f | 0x80);
        bytes[8] = (byte)(bytes[8] & 0x3f | 0x80);
        return new(bytes, bigEndian: true);
    }
}

/// <summary>Thrown for a source that cannot be imported. The message says what is wrong and what is allowed.</summary>
public sealed class ImportException(string message) : Exception(message);

using System.Globalization;
using System.Text;
using Paddock.Core.Jobs;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Jobs;

/// <summary>The result of one iteration; its texts are on disk.</summary>
/// <param name="Output">The requested files or measurements by path, in order. They count instead of standard
/// output.</param>
/// <param name="Truncated">Names of the truncated texts: stdout, stderr, or a path.</param>
internal sealed record IterationResult(
    int ExitCode,
    Captured Stdout,
    Captured Stderr,
    IReadOnlyList<(string Path, Captured Text)>? Output,
    TimeSpan Duration,
    IReadOnlyList<string> Truncated
)
{
    /// <summary>The side that ran, in a job that alternates between head and base.</summary>
    public PairSide? Side { get; init; }

    public IEnumerable<Captured> Texts => [Stdout, Stderr, .. Output?.Select(file => file.Text) ?? []];

    /// <param name="folder">Receives the file of build time and file sizes, which are measured, not read.</param>
    public static IterationResult Of(JobOrder order, SandboxResult result, string folder)
    {
        var truncated = new List<string>();
        if (result.Stdout.Truncated)
            truncated.Add("stdout");
        if (result.Stderr.Truncated)
            truncated.Add("stderr");
        return new(
            result.ExitCode ?? -1,
            result.Stdout,
            result.Stderr,
            OutputOf(order, result, folder, truncated),
            result.Duration,
            truncated
        );
    }

    private static List<(string, Captured)>? OutputOf(
        JobOrder order,
        SandboxResult result,
        string folder,
        List<string> truncated
    )
    {
        if (order.BuildTime || order.FileSize)
        {
            // A failed command has built nothing. The empty list keeps the server from parsing its stdout instead.
            if (result.ExitCode != 0)
                return [];
            return PseudoFile.Of(order, result.Duration, result.Files) is { } measured
                ? [(PseudoFile.Name, Captured.Of(Encoding.UTF8.GetBytes(measured), Path.Combine(folder, "measured")))]
                : null;
        }
        if (result.Files.Count == 0)
            return null;
        truncated.AddRange(result.Files.Where(f => f.Truncated).Select(f => f.Path));
        return [.. result.Files.Select(f => (f.Path, f.Text))];
    }
}

/// <summary>
/// The folder that keeps one job's outputs until they are delivered, and one size budget for all its iterations. Later
/// iterations inherit what earlier ones leave unused, and no iteration can use up the share of a later one.
/// </summary>
internal sealed class JobOutputs(string folder, long bytesMax, uint iterations) : IDisposable
{
    private const int Kinds = 3; // Standard output, standard error, files.
    private long left = bytesMax;
    private uint iterationsLeft = iterations;

    public string Of(uint iteration) => Path.Combine(folder, iteration.ToString(CultureInfo.InvariantCulture));

    /// <summary>The limits for the next iteration, with its share of the budget.</summary>
    public Limits Next(Limits limits)
    {
        var share = left / Math.Max(1, iterationsLeft--) / Kinds;
        return limits with
        {
            OutputBytes = Math.Min(limits.OutputBytes, share),
            FileBytes = Math.Min(limits.FileBytes, share),
        };
    }

    public void Add(IterationResult result) => left = Math.Max(0, left - result.Texts.Sum(text => text.Length));

    public void Dispose()
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}

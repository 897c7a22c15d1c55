using System.Globalization;
using System.Text;
using Paddock.Core.Jobs;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Jobs;

/// <summary>What one iteration left; its texts lie on disk.</summary>
/// <param name="Output">Instead of standard output, where files or measurements were asked for: by path, in their
/// order.</param>
/// <param name="Truncated">What lost its end: stdout, stderr, or a path.</param>
internal sealed record IterationResult(
    int ExitCode,
    Captured Stdout,
    Captured Stderr,
    IReadOnlyList<(string Path, Captured Text)>? Output,
    TimeSpan Duration,
    IReadOnlyList<string> Truncated
)
{
    /// <summary>The version that ran, where two run in turns.</summary>
    public PairSide? Side { get; init; }

    public IEnumerable<Captured> Texts => [Stdout, Stderr, .. Output?.Select(file => file.Text) ?? []];

    /// <param name="folder">For what is measured instead of read.</param>
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
            // A command that failed has built nothing; an empty map keeps what it printed from being read instead.
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
/// Where the outputs of one job are kept until they are delivered, and how much of them: one budget for all iterations.
/// What an iteration does not use is there for the later ones, and none can take the share of those.
/// </summary>
internal sealed class JobOutputs(string folder, long bytesMax, uint iterations) : IDisposable
{
    private const int Kinds = 3; // Standard output, standard error, files.
    private long left = bytesMax;
    private uint iterationsLeft = iterations;

    public string Of(uint iteration) => Path.Combine(folder, iteration.ToString(CultureInfo.InvariantCulture));

    /// <summary>What the next iteration may keep.</summary>
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

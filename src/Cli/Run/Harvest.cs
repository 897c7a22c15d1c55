using System.Text;
using Paddock.Core.Wire;

namespace Paddock.Cli.Run;

/// <summary>Results as they came, in order, with the time it took to get them.</summary>
internal sealed record Harvest(IReadOnlyList<Utf8Text> Results, DateTimeOffset StartTime, DateTimeOffset EndTime)
{
    /// <summary>Carries the input step out once per iteration.</summary>
    /// <param name="backdate">When the run is to have begun; it then ends as much later as it really took.</param>
    /// <exception cref="Failure">The benchmark failed, or a file could not be read; nothing is reported then.</exception>
    public static async Task<Harvest> GatherAsync(Input input, uint iterations, bool allowFailure, DateTimeOffset? backdate, bool quiet, CancellationToken ct)
    {
        var began = TimeProvider.System.GetUtcNow();
        List<Utf8Text> results = [];
        for (var i = 0u; i < iterations; i++)
        {
            var what = iterations == 1 ? "the benchmark" : $"iteration {i + 1} of {iterations}";
            foreach (var bytes in await OnceAsync(input, what, allowFailure, quiet, ct)) results.Add(new(Clean(bytes)));
            ct.ThrowIfCancellationRequested();
        }
        var ended = TimeProvider.System.GetUtcNow();
        return backdate is { } start ? new(results, start, Shifted(start, ended - began)) : new(results, began, ended);
    }

    /// <summary>For a run that somebody else carries out.</summary>
    public static Harvest OfNothing()
    {
        var now = TimeProvider.System.GetUtcNow();
        return new([], now, now);
    }

    /// <summary>Whether a result has files of this folder by their whole paths: only then is it anybody's business which folder it was.</summary>
    public bool Names(string folder)
    {
        var start = Encoding.UTF8.GetBytes(folder.Replace('\\', '/').TrimEnd('/') + '/');
        return Results.Any(result => result.Bytes.Span.IndexOf(start) >= 0);
    }

    private static async Task<IReadOnlyList<byte[]>> OnceAsync(Input input, string what, bool allowFailure, bool quiet, CancellationToken ct)
    {
        switch (input)
        {
            case Input.OfStandardInput(var text): return [text];
            case Input.OfFileSizes(var measured): return [measured.Measure(command: null, elapsed: default)];
            case Input.OfFiles(var paths): return await ReadAsync(paths, ct);
            case Input.OfCommand(var command, var files, var measured):
                var execution = await BenchmarkProcess.RunAsync(command, what, quiet, ct);
                // Read even when it failed: a file that is missing is a mistake in the command line, which --allow-failure does not mean.
                var read = await ReadAsync(files, ct);
                if (!execution.Succeeded && !allowFailure) throw new Failure(BenchmarkProcess.Describe(command, execution));
                var results = files.Count > 0 ? read : [measured.IsAny ? measured.Measure(command, execution.Elapsed) : execution.Output];
                if (execution.Succeeded) return results;
                if (!quiet) Output.Note($"The benchmark command failed with exit code {execution.ExitCode}; what it printed is dropped ({what}).");
                return [];
            default: throw new InvalidOperationException($"There is no way to read {input.GetType().Name}.");
        }
    }

    private static async Task<IReadOnlyList<byte[]>> ReadAsync(IReadOnlyList<string> paths, CancellationToken ct)
    {
        List<byte[]> read = [];
        foreach (var path in paths) read.Add(await Input.ReadFileAsync(path, ct));
        return read;
    }

    private static DateTimeOffset Shifted(DateTimeOffset start, TimeSpan by) => DateTimeOffset.MaxValue - start > by ? start + by : DateTimeOffset.MaxValue;

    // A JSON string can hold nothing else; a harness that prints one odd byte should not lose all its results.
    private static byte[] Clean(byte[] bytes) => System.Text.Unicode.Utf8.IsValid(bytes) ? bytes : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes));
}

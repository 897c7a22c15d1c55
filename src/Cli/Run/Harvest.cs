using System.Text;

namespace Paddock.Cli.Run;

/// <summary>One output, unchanged.</summary>
/// <param name="File">The file that was read; null for printed or piped output.</param>
/// <param name="Iteration">The iteration, from 0.</param>
/// <param name="ExitCode">The exit code of the command that produced the output.</param>
internal sealed record HarnessOutput(byte[] Bytes, string? File, uint Iteration, int ExitCode = 0);

/// <summary>A command that failed in a run with <c>--allow-failure</c>.</summary>
/// <param name="Results">The number of benchmarks that could be read from its output.</param>
internal sealed record FailedCommand(uint Iteration, int ExitCode, int Results);

/// <summary>Outputs, unchanged and in order, with the time it took to get them.</summary>
internal sealed record Harvest(
    IReadOnlyList<HarnessOutput> Outputs,
    IReadOnlyList<FailedCommand> Failed,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime
)
{
    /// <summary>For a run that a runner executes.</summary>
    public static Harvest OfNothing()
    {
        var now = TimeProvider.System.GetUtcNow();
        return new([], [], now, now);
    }

    /// <summary>
    /// True when an output contains full paths of files in this folder. Only then is the folder sent to the server.
    /// </summary>
    public bool Names(string folder)
    {
        var start = Encoding.UTF8.GetBytes(folder.Replace('\\', '/').TrimEnd('/') + '/');
        return Outputs.Any(output => output.Bytes.AsSpan().IndexOf(start) >= 0);
    }
}

/// <summary>Executes the input step once per iteration.</summary>
/// <param name="read">Counts the benchmarks in an output: of a failed command, only readable results count.</param>
/// <param name="isShown">True to show the benchmark's output as it arrives.</param>
internal sealed class Gathering(
    Input input,
    uint iterations,
    bool allowFailure,
    bool quiet,
    bool isShown,
    Func<byte[], int> read
)
{
    // File systems store times less precisely than the clock does.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);
    private readonly List<HarnessOutput> outputs = [];
    private readonly List<FailedCommand> failed = [];

    /// <param name="backdate">The run's start time; the end is as much later as the run really took. Null for the real
    /// times.</param>
    /// <exception cref="Failure">The benchmark failed, or a file could not be read; then nothing is
    /// reported.</exception>
    public async Task<Harvest> RunAsync(DateTimeOffset? backdate, CancellationToken ct)
    {
        var began = TimeProvider.System.GetUtcNow();
        for (var i = 0u; i < iterations; i++)
        {
            await OnceAsync(i, ct);
            ct.ThrowIfCancellationRequested();
        }
        var ended = TimeProvider.System.GetUtcNow();
        return backdate is { } start
            ? new(outputs, failed, start, Shifted(start, ended - began))
            : new(outputs, failed, began, ended);
    }

    private async Task OnceAsync(uint iteration, CancellationToken ct)
    {
        switch (input)
        {
            case Input.OfStandardInput(var text):
                Add(text);
                break;
            case Input.OfFileSizes(var measured):
                Add(measured.Measure(command: null, elapsed: default));
                break;
            case Input.OfFiles(var paths):
                outputs.AddRange(await ReadAsync(paths, iteration, exitCode: 0, ct));
                break;
            case Input.OfCommand command:
                await RunCommandAsync(command, iteration, ct);
                break;
            default:
                throw new InvalidOperationException($"There is no way to read {input.GetType().Name}.");
        }

        void Add(byte[] bytes) => outputs.Add(new(LocalReader.Clean(bytes), File: null, iteration));
    }

    private async Task RunCommandAsync(Input.OfCommand input, uint iteration, CancellationToken ct)
    {
        var what = iterations == 1 ? "the benchmark" : $"iteration {iteration + 1} of {iterations}";
        var began = DateTime.UtcNow;
        var execution = await BenchmarkProcess.RunAsync(input.Command, what, quiet, ct, isShown: isShown);
        if (!execution.Succeeded)
        {
            await FailedAsync(input, execution, iteration, what, began, ct);
            return;
        }
        if (input.Files.Count == 0)
        {
            var bytes = input.Measured.IsAny
                ? input.Measured.Measure(input.Command, execution.Elapsed)
                : execution.Output;
            outputs.Add(new(LocalReader.Clean(bytes), File: null, iteration));
            return;
        }
        foreach (var output in await ReadAsync(input.Files, iteration, exitCode: 0, ct))
        {
            outputs.Add(output);
            if (IsOlder(output.File!, began) && !quiet)
                Output.Note($"{output.File} is older than this run, so the command did not write it.");
        }
    }

    // Harnesses exit with a failure for a single failed test or crossed limit, after measuring everything else.
    private async Task FailedAsync(
        Input.OfCommand input,
        Execution execution,
        uint iteration,
        string what,
        DateTime began,
        CancellationToken ct
    )
    {
        List<HarnessOutput> kept = [];
        if (input.Files.Count > 0)
        {
            var files = await ReadAsync(input.Files, iteration, execution.ExitCode, ct, isLenient: !allowFailure);
            kept.AddRange(files.Where(output => !IsOlder(output.File!, began)));
        }
        else if (!input.Measured.IsAny)
            kept.Add(new(LocalReader.Clean(execution.Output), File: null, iteration, execution.ExitCode));
        else if (allowFailure)
            input.Measured.Measure(input.Command, execution.Elapsed); // Fails on a wrong path despite --allow-failure.
        kept.RemoveAll(output => read(output.Bytes) == 0);
        var results = kept.Sum(output => read(output.Bytes));
        if (!allowFailure)
        {
            var all = results + outputs.Sum(output => read(output.Bytes));
            throw new Failure(
                BenchmarkProcess.Describe(input.Command, execution, withOutput: quiet || !isShown)
                    + $"\n{(all == 0 ? "No result" : Count(all))} had been read until then. Nothing was sent."
                    + (all == 0 ? "" : " To send the results so far, give --allow-failure.")
            );
        }
        outputs.AddRange(kept);
        failed.Add(new(iteration, execution.ExitCode, results));
        if (quiet)
            return;
        Output.Note(
            $"The benchmark command failed with exit code {execution.ExitCode} ({what}); "
                + (
                    results == 0
                        ? "it left no readable results."
                        : $"{Count(results)} until then {(results == 1 ? "is" : "are")} kept."
                )
        );
    }

    private static string Count(int results) => $"{results} {(results == 1 ? "result" : "results")}";

    /// <param name="isLenient">True to skip missing files, because another error is reported already.</param>
    private static async Task<List<HarnessOutput>> ReadAsync(
        IReadOnlyList<string> paths,
        uint iteration,
        int exitCode,
        CancellationToken ct,
        bool isLenient = false
    )
    {
        List<HarnessOutput> read = [];
        foreach (var path in paths)
        {
            try
            {
                foreach (var file in FilePattern.Expand(path))
                    read.Add(new(LocalReader.Clean(await Input.ReadFileAsync(file, ct)), file, iteration, exitCode));
            }
            catch (Failure) when (isLenient) { }
        }
        return read;
    }

    private static bool IsOlder(string file, DateTime began) => File.GetLastWriteTimeUtc(file) < began - Tolerance;

    private static DateTimeOffset Shifted(DateTimeOffset start, TimeSpan by) =>
        DateTimeOffset.MaxValue - start > by ? start + by : DateTimeOffset.MaxValue;
}

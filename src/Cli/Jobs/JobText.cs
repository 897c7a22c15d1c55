using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Jobs;

/// <summary>A job's output, and how the job ended, for people.</summary>
internal static class JobText
{
    private const string Synthetic = "\0bencher"; // The protocol's path for values that the runner measured by itself.

    /// <summary>
    /// Passes on the output of each iteration. When there are several iterations, or files, a line on standard error
    /// announces each.
    /// </summary>
    /// <param name="output">The destination of standard output.</param>
    /// <param name="raw">True to pass text on unchanged. Otherwise control characters are made visible, because a
    /// terminal would obey them.</param>
    public static void Print(JobOutput printed, TextWriter output, bool raw)
    {
        for (var i = 0; i < printed.Results.Count; i++)
        {
            var result = printed.Results[i];
            if (printed.Results.Count > 1)
                Output.Note($"--- iteration {i + 1} of {printed.Results.Count}: {Ending(result)}");
            Write(output, result.Stdout, raw);
            Write(Output.Error, result.Stderr, raw);
            foreach (
                var (path, text) in (result.Output ?? new Dictionary<string, string>()).OrderBy(
                    file => file.Key,
                    StringComparer.Ordinal
                )
            )
            {
                if (path != Synthetic)
                    Output.Note($"--- {Terminal.Plain(path)}");
                Write(output, text, raw);
            }
            foreach (var cut in result.Truncated ?? [])
                Output.Note($"--- {Terminal.Plain(cut)} was cut off at the size limit");
        }
    }

    /// <summary>The reason why a job did not become a report.</summary>
    public static string Failure(Job job)
    {
        var (reason, error) = (job.Reason, job.Output?.Error);
        var why = (reason, error) switch
        {
            (null or "", null or "") => job.Status == JobStatus.Canceled ? "Job was canceled" : "Unknown error",
            (null or "", { } only) => only,
            ({ } only, null or "") => only,
            // The reason of a failed job is the runner's error, on one line.
            ({ } first, { } more) => more.Contains(first, StringComparison.Ordinal)
            || first.Contains(more, StringComparison.Ordinal)
                ? (more.Length > first.Length ? more : first)
                : $"{first} {more}",
        };
        return $"The job {(job.Status == JobStatus.Canceled ? "was canceled" : "failed")}: "
            + $"{ControlCharacters.Show(why)}";
    }

    private static string Ending(IterationOutput result) =>
        $"exit code {result.ExitCode}"
        + result.Duration?.ToString("', '0.00' s'", System.Globalization.CultureInfo.InvariantCulture);

    private static void Write(TextWriter to, string? text, bool raw)
    {
        if (string.IsNullOrEmpty(text))
            return;
        if (!raw)
            text = ControlCharacters.Show(text);
        to.Write(text.EndsWith('\n') ? text : text + "\n");
    }
}

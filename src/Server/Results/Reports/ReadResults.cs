using System.Globalization;
using Paddock.Core.Adapters;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using HarnessResults = Paddock.Core.Adapters.Results;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// The first step of a run: parses the outputs into results, one for each iteration. A refusal here comes before
/// anything is written.
/// </summary>
internal static class ReadResults
{
    private const int QuotedMax = 200;

    /// <param name="project">Its settings are the defaults for the run's; null if the project is not known yet.</param>
    /// <param name="context">The context of the run, if sent: its environment, and which outputs belong
    /// together.</param>
    /// <param name="setSizes">The number of consecutive outputs of each iteration, if it is not yet known whether they
    /// repeat each other.</param>
    /// <exception cref="Refusal">The adapter cannot read an output; one is enough to refuse the run.</exception>
    public static ReadRun Of(
        IReadOnlyList<Utf8Text> outputs,
        ReportSettings? settings,
        ProjectRow? project,
        IReadOnlyDictionary<string, string>? context = null,
        IReadOnlyList<int>? setSizes = null
    )
    {
        var (adapter, options) = (
            settings?.Adapter ?? Adapter.Magic,
            OptionsOf(settings, project, context?.GetValueOrDefault(RunContext.Folder))
        );
        var (results, remarks) = (new List<HarnessResults>(outputs.Count), new List<Remark>(outputs.Count));
        for (var i = 0; i < outputs.Count; i++)
        {
            var read = Harness.Read(adapter, outputs[i].Bytes.Span, options);
            results.Add(read.Results ?? throw Unreadable(adapter, i, outputs[i], options));
            remarks.Add(Remark.Of(read.By, read.Results));
        }
        if (context?.GetValueOrDefault(RunContext.SetSizes) is { } sizes)
            results = OutputSets.Merge(results, sizes);
        else if (setSizes is not null)
            results = OutputSets.MergeDifferent(results, setSizes);
        var failure = FailureOf(context);
        return settings?.Fold is { } fold
            ? new(
                [Folding.Fold(results, fold)],
                remarks,
                [.. failure, .. FoldedParts.NoticesOf(results, fold)],
                options
            )
            : new(results, remarks, failure, options);
    }

    /// <summary>The options for reading outputs.</summary>
    /// <exception cref="Refusal">A setting is missing that every output needs.</exception>
    public static ReadOptions OptionsOf(ReportSettings? settings, ProjectRow? project, string? folder = null)
    {
        var pattern = settings?.Pattern ?? project?.Pattern;
        if (settings?.Adapter == Adapter.Pattern && pattern is null)
            throw Refusal.BadInput(
                "settings.pattern: the adapter \"pattern\" needs a pattern, here or in the project's settings"
            );
        return new(
            settings?.Average,
            settings?.Measures ?? project?.Measures ?? Core.Adapters.Measures.Usual,
            pattern,
            LinePattern.Time(),
            folder
        );
    }

    /// <summary>True if the project's settings would change how the same outputs are read.</summary>
    public static bool ReadsOtherwise(this ProjectRow project, ReportSettings? settings, ReadOptions options) =>
        settings?.Measures is null && project.Measures != options.Measures
        || settings is { Adapter: Adapter.Pattern, Pattern: null } && project.Pattern?.Value != options.Pattern?.Value;

    // A client may send the results that a command produced before it failed.
    private static IReadOnlyList<Notice> FailureOf(IReadOnlyDictionary<string, string>? context) =>
        int.TryParse(context?.GetValueOrDefault(RunContext.ExitCode), CultureInfo.InvariantCulture, out var code)
            ?
            [
                new(
                    NoticeKind.CommandFailed,
                    $"The benchmark command failed with exit code {code}. These results were measured before it failed."
                ),
            ]
            : [];

    private static Refusal Unreadable(Adapter adapter, int index, Utf8Text output, ReadOptions options)
    {
        var text = output.ToString();
        var shown = text.Length <= QuotedMax ? text : text[..QuotedMax] + "…";
        return Refusal.BadInput(
            $"results[{index}]: the adapter \"{Words<Adapter>.Of(adapter)}\" finds no benchmark results in this "
                + $"output; {Unread.Of(adapter, output.Bytes.Span, options)}; the output: {shown}"
        );
    }
}

/// <summary>The results parsed from a run's outputs, and how they were parsed.</summary>
internal sealed record ReadRun(
    IReadOnlyList<HarnessResults> Results,
    IReadOnlyList<Remark> Remarks,
    IReadOnlyList<Notice> Notices,
    ReadOptions Options
)
{
    /// <summary>The empty result of a run that a job will fill later.</summary>
    public static ReadRun Later { get; } = new([], [], [], ReadOptions.Usual);
}

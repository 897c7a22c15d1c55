using System.CommandLine;
using Paddock.Core.Adapters;
using Paddock.Core.Wire;

namespace Paddock.Cli.Run;

/// <summary>How the outputs of a run are read: by the server, and before by this program.</summary>
/// <param name="saved">The saved run that is sent, if any: its own settings apply.</param>
/// <param name="folder">The working folder of the run.</param>
internal sealed class OutputSettings(RunOptions options, ParseResult args, SavedRun? saved, string? folder)
{
    /// <summary>The settings to send with these results.</summary>
    public ReportSettings With(Shipment sent) =>
        sent is { IsTaken: true, IsCompact: false }
            ? new(Adapter.Json, Average: null, args.GetValue(options.Fold))
            : Wanted();

    /// <summary>The settings to send with the harness's own output.</summary>
    public ReportSettings Wanted() =>
        saved?.Settings
        ?? new(
            AdapterWanted(),
            args.GetValue(options.Average),
            args.GetValue(options.Fold),
            args.GetValue(options.Measures),
            PatternWanted()
        );

    /// <summary>Reads as the server will, as far as the settings are known here.</summary>
    public LocalReader Reader()
    {
        var settings = Wanted();
        var isKnown = settings.Adapter != Adapter.Pattern || settings.Pattern is not null;
        return new(
            settings.Adapter ?? Adapter.Magic,
            !isKnown
                ? null
                : new(
                    settings.Average,
                    settings.Measures ?? Measures.Usual,
                    settings.Pattern,
                    LinePattern.Time(),
                    folder
                )
        );
    }

    private bool IsMeasuredHere =>
        args.GetValue(options.BuildTime) || args.GetValue(options.FileSize) is { Length: > 0 };

    // The settings file describes the harness's output, so its adapter does not apply to values that this program or a
    // runner measures.
    private Adapter AdapterWanted() =>
        IsMeasuredHere
        && args.GetResult(options.Adapter) is null or { Implicit: true }
        && Settings.OfEnvironment("ADAPTER") is null
            ? Adapter.Magic
            : args.GetValue(options.Adapter) ?? Adapter.Magic;

    // Sent only where it has a meaning, because a server that does not know the setting would refuse it.
    private LinePattern? PatternWanted() => AdapterWanted() == Adapter.Pattern ? args.GetValue(options.Pattern) : null;
}

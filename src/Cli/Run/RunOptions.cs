using System.CommandLine;
using System.CommandLine.Parsing;
using Paddock.Cli.Rest;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using ReportJudge = Paddock.Core.Verdicts.ReportJudge;

namespace Paddock.Cli.Run;

/// <summary>Every option of <c>paddock run</c>, and which options need or exclude one another.</summary>
internal sealed class RunOptions
{
    public Option<ResourceId> Project { get; } =
        DomainOption.Of<ResourceId>(
            "--project",
            "Project to report to, by UUID or slug.",
            setting: "PROJECT",
            helpName: "project"
        );
    public Option<bool> CiOnTheFly { get; } =
        DomainOption.Flag("--ci-on-the-fly", "Let the server create the project even when CI=true.");
    public Option<NameId<BranchName>> Branch { get; } =
        DomainOption.Of<NameId<BranchName>>(
            "--branch",
            "Branch, by UUID, slug or name.",
            ["--if-branch"],
            "BRANCH",
            "branch"
        );
    public Option<GitHash> Hash { get; } =
        DomainOption.Of<GitHash>("--hash", "Commit that was measured, 40 hexadecimal digits.", helpName: "sha");

    // Free text: scripts pass what their CI system gives them, which may be empty.
    public Option<string> StartPoint { get; } =
        DomainOption.Free(
            "--start-point",
            "Branch from which this branch begins, by UUID, slug or name.",
            ["--else-if-branch", "--branch-start-point"],
            "branch"
        );
    public Option<GitHash> StartPointHash { get; } =
        DomainOption.Of<GitHash>(
            "--start-point-hash",
            "Commit at which the branch begins (the latest).",
            ["--branch-start-point-hash"],
            helpName: "sha"
        );
    public Option<uint?> StartPointMaxVersions { get; } =
        DomainOption.Number<uint>(
            "--start-point-max-versions",
            "Maximum number of versions of history to copy (255).",
            0,
            uint.MaxValue
        );
    public Option<bool> StartPointCloneThresholds { get; } =
        DomainOption.Flag("--start-point-clone-thresholds", "Copy the start point's thresholds.");
    public Option<bool> StartPointReset { get; } =
        DomainOption.Flag("--start-point-reset", "Begin a new head of the branch.", "--branch-reset");
    public Option<bool> NoStartPoint { get; } =
        DomainOption.Flag(
            "--no-start-point",
            "Do not begin a pull request's branch at the merge base with its base branch."
        );
    public Option<bool> Deprecated { get; } =
        new("--deprecated", "--else-branch", "--endif-branch", "--no-hash")
        {
            Arity = ArgumentArity.Zero,
            Hidden = true,
        };

    public Option<NameId<ResourceName>> Testbed { get; } =
        DomainOption.Of<NameId<ResourceName>>(
            "--testbed",
            "Testbed, by UUID, slug or name.",
            setting: "TESTBED",
            helpName: "testbed"
        );
    public Option<bool> SpecReset { get; } = DomainOption.Flag("--spec-reset", "Remove the testbed's spec.");

    public Option<Adapter?> Adapter { get; } =
        DomainOption.Word<Adapter>(
            "--adapter",
            "Harness whose output is read; magic detects it",
            setting: "ADAPTER",
            offered: Adapters.Offered
        );
    public Option<Average?> Average { get; } =
        DomainOption.Word<Average>("--average", "Which of the harness's averages to record", setting: "AVERAGE");
    public Option<Measures?> Measures { get; } =
        DomainOption.Word<Measures>(
            "--measures",
            "Which of the harness's measures to record; the project's setting unless given",
            setting: "MEASURES"
        );
    public Option<LinePattern> Pattern { get; } =
        DomainOption.Of<LinePattern>(
            "--pattern",
            "Regular expression that --adapter pattern matches with each line; the project's unless given.",
            setting: "PATTERN",
            helpName: "regex"
        );
    public Option<uint?> Iter { get; } =
        DomainOption.Number<uint>("--iter", "How often to run the benchmark (1).", 0, uint.MaxValue, helpName: "count");
    public Option<Fold?> Fold { get; } =
        DomainOption.Word<Fold>("--fold", "Combine several iterations into one result");
    public Option<long?> Backdate { get; } =
        DomainOption.Number(
            "--backdate",
            "Time at which the run began, for past results, in seconds since 1970.",
            long.MinValue,
            long.MaxValue,
            helpName: "seconds"
        );
    public Option<bool> AllowFailure { get; } =
        DomainOption.Flag(
            "--allow-failure",
            "Go on when the benchmark command fails, and send the results measured until then."
        );
    public Option<bool> AllowEmpty { get; } =
        DomainOption.Flag("--allow-empty", "Record the run even if it measured nothing.");
    public ThresholdOptions Thresholds { get; } = new();
    public Option<bool> ErrorOnAlert { get; } =
        DomainOption.Flag(
            "--error-on-alert",
            "Exit with 1 if the report raises an alert that is not an improvement.",
            "--err"
        );
    public Option<bool> ErrorOnImprovement { get; } =
        DomainOption.Flag(
            "--error-on-improvement",
            "With --error-on-alert: also if a result is better than its limit."
        );

    public Option<int?> Confirm { get; } =
        DomainOption.Number(
            "--confirm",
            "How often to rerun the benchmark at once when a result is suspected (5; 10 if there were fewer than 10 "
                + "runs).",
            ReportJudge.RerunsLeast,
            ReportJudge.RerunsMost,
            helpName: "count"
        );
    public Option<bool> NoConfirm { get; } =
        DomainOption.Flag(
            "--no-confirm",
            "Do not rerun the benchmark when a result is suspected, and do not wait for a confirming job."
        );

    public Option<ReportFormat?> Format { get; } =
        DomainOption.Word<ReportFormat>("--format", "How to show the report");
    public Option<bool> Html { get; } = DomainOption.Flag("--html", "Short for --format html.");
    public Option<bool> Quiet { get; } = DomainOption.Flag("--quiet", "Print nothing but the report.", "-q");
    public Option<bool> Verbose { get; } =
        DomainOption.Flag("--verbose", "Show the benchmark's output live, also in CI.", "-v");
    public CiOptions Ci { get; } = new();

    public Option<bool> BuildTime { get; } =
        DomainOption.Flag("--build-time", "Record how long the command takes instead of reading its output.");
    public Option<string[]> File { get; } =
        Paths("--file", "Read results from this file, or all that fit a pattern ('out/*.json'); may be given again.");
    public Option<string[]> FileSize { get; } =
        Paths("--file-size", "Record the size of this file, or of all that fit a pattern; may be given again.");
    public Option<string> Shell { get; } =
        DomainOption.Free(
            "--shell",
            "Shell for a command that is one string (/bin/sh, cmd on Windows).",
            helpName: "path"
        );
    public Option<string> ShellFlag { get; } =
        DomainOption.Free("--flag", "The shell's flag before a command (-c, /C on Windows).", helpName: "flag");
    public Option<bool> Exec { get; } =
        DomainOption.Flag("--exec", "Run the command without a shell even if it is one string.");
    public Option<bool> DryRun { get; } = DomainOption.Flag("--dry-run", "Do everything except sending the report.");

    public Option<string> Save { get; } =
        DomainOption.Of<string>(
            "--save",
            "Write the results to this file and send nothing; another job can report them with --saved.",
            Readers.NotEmpty,
            helpName: "path"
        );
    public Option<string> Saved { get; } =
        DomainOption.Of<string>(
            "--saved",
            "Report the results that --save wrote, on the branch and commit that --branch and --hash name.",
            Readers.NotEmpty,
            helpName: "path"
        );
    public ImageOptions Images { get; } = new();
    public Argument<string[]> Command { get; } =
        DomainOption.Words(
            "command",
            "The benchmark: one string for the shell, or a program and its arguments. [env: PADDOCK_CMD]"
        );

    public void AddTo(Command command)
    {
        foreach (var option in All)
            command.Options.Add(option);
        Command.CaptureRemainingTokens = true;
        command.Arguments.Add(Command);
        foreach (var rule in Together)
            command.Validators.Add(rule);
    }

    /// <summary>The start time that the user set; null for the real one.</summary>
    /// <exception cref="Failure">The instant lies outside the calendar.</exception>
    public DateTimeOffset? BackdateOf(ParseResult args) =>
        args.GetValue(Backdate) is { } seconds ? Instants.Of(Backdate.Name, seconds) : null;

    /// <summary>The branch that the run is recorded on.</summary>
    public RunBranch BranchOf(ParseResult args)
    {
        if (args.Has(Branch))
            return new(args.GetValue(Branch));
        var isForScripts = args.GetValue(Quiet) && args.GetValue(Format) == ReportFormat.Json;
        return RunBranch.Of(
            WorkingFolder.Find() is { } folder ? Git.Find(folder) : null,
            Environment.GetEnvironmentVariable,
            isForScripts
        );
    }

    private IEnumerable<Action<CommandResult>> Together =>
        [
            Rules.Needs(StartPointHash, StartPoint),
            Rules.Needs(Saved, Branch),
            Rules.Needs(Saved, Hash),
            Rules.NotBoth(Save, Saved),
            Rules.NotBoth(Quiet, Verbose),
            Rules.NotBoth(Save, DryRun),
            Rules.NotBoth(Save, Images.Image),
            Rules.NotBoth(Saved, File),
            Rules.NotBoth(Saved, Backdate),
            Rules.Needs(StartPointMaxVersions, StartPoint),
            Rules.Needs(StartPointCloneThresholds, StartPoint),
            Rules.Needs(SpecReset, Testbed),
            Rules.NotBoth(SpecReset, Images.Image),
            Rules.Needs(Fold, Iter),
            Rules.Needs(ErrorOnImprovement, ErrorOnAlert),
            Rules.NotBoth(Confirm, NoConfirm),
            Rules.NotBoth(NoStartPoint, StartPoint),
            Rules.NotBoth(BuildTime, File),
            Rules.NotBoth(File, FileSize),
            Rules.NotBoth(Exec, Shell),
            Rules.NotBoth(Exec, ShellFlag),
            Rules.NotBoth(Html, Format),
            ExecNeedsCommand,
            Rules.PatternFor(Adapter, Pattern, isRequired: false),
            .. Thresholds.Together,
            .. Ci.Together,
            .. Images.Together,
        ];

    private IEnumerable<Option> All =>
        [
            Project,
            CiOnTheFly,
            Branch,
            Hash,
            StartPoint,
            StartPointHash,
            StartPointMaxVersions,
            StartPointCloneThresholds,
            StartPointReset,
            NoStartPoint,
            Deprecated,
            Testbed,
            SpecReset,
            Adapter,
            Average,
            Measures,
            Pattern,
            Iter,
            Fold,
            Backdate,
            AllowFailure,
            AllowEmpty,
            .. Thresholds.All,
            ErrorOnAlert,
            ErrorOnImprovement,
            Confirm,
            NoConfirm,
            Format,
            Html,
            Quiet,
            Verbose,
            .. Ci.All,
            BuildTime,
            File,
            FileSize,
            Shell,
            ShellFlag,
            Exec,
            DryRun,
            Save,
            Saved,
            .. Images.All,
        ];

    private void ExecNeedsCommand(CommandResult result)
    {
        if (result.Has(Exec) && result.GetResult(Command) is not { Tokens.Count: > 0 } && Settings.Find("CMD") is null)
            result.AddError("--exec needs a command.");
    }

    /// <summary>
    /// Why the command line makes no sense in this folder; null when it does. The parser cannot check this.
    /// </summary>
    public string? Refusal(ParseResult args)
    {
        // When the shell expands a pattern, all files but the first end up as the command.
        if (args.GetValue(Command) is [var word, ..] && !args.Has(Images.Image) && IsNoProgram(word))
            return $"{Text.Quote(word)} is a file, but not a program that can be run. Give each file of results with "
                + "its own --file, or all at once with a pattern in quotation marks, as in --file 'out/*.json'.";
        return BranchOf(args).Refusal;
    }

    private static bool IsNoProgram(string word) =>
        System.IO.File.Exists(word) && !IsExecutable(word) && !IsOnPath(word);

    private static bool IsOnPath(string word) =>
        Path.GetFileName(word) == word
        && (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => System.IO.File.Exists(Path.Join(folder, word)));

    private static bool IsExecutable(string path)
    {
        if (System.OperatingSystem.IsWindows())
            return Path.GetExtension(path).ToLowerInvariant() is ".exe" or ".cmd" or ".bat" or ".com" or ".ps1";
        const UnixFileMode executable =
            UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return (System.IO.File.GetUnixFileMode(path) & executable) != 0;
    }

    private static Option<string[]> Paths(string name, string description) =>
        DomainOption.Many<string>(name, description, Readers.Anything, helpName: "path");
}

/// <summary>The format in which a report is shown.</summary>
internal enum ReportFormat
{
    Human,
    Json,
    Html,
}

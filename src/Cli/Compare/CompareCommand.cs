using System.CommandLine;
using System.CommandLine.Parsing;
using Paddock.Cli.Rest;
using Paddock.Cli.Run;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Comparison = Paddock.Core.Verdicts.Comparison;

namespace Paddock.Cli.Compare;

/// <summary>
/// <c>paddock compare</c>: runs two versions in turns on this machine, and says which benchmarks differ. It needs
/// neither history nor a server.
/// </summary>
internal static class CompareCommand
{
    private const double EffectMax = 10;

    public static Command Create()
    {
        var (options, backend) = (new CompareOptions(), new Backend());
        var command = new Command("compare");
        options.AddTo(command);
        backend.AddTo(command);
        command.SetAction(
            async (args, ct) =>
            {
                var quiet = args.GetValue(options.Quiet);
                void Note(string text)
                {
                    if (!quiet)
                        Output.Note(text);
                }
                // Comes before any benchmark runs, so that nothing is measured that cannot be sent.
                using var api = args.GetValue(options.Report) is null
                    ? null
                    : backend.Open(args, Access.Authenticated, quiet);
                using var sides = await Sides.PrepareAsync(options, args, Note, ct);
                var seed = args.GetValue(options.Seed) ?? Random.Shared.Next();
                var runs = new PairedRuns(sides, options.ReaderOf(args), args.GetValue(options.File), Note);
                await runs.RunAsync(args.GetValue(options.Pairs) ?? Comparison.PairsUsual, seed, ct);
                var report = runs.Judge(args.GetValue(options.EffectMin) ?? 0.01, seed);
                if (args.GetValue(options.Format) == ReportFormat.Json)
                    Output.Json(Body.Of(report, Wire.Default.ComparisonReport));
                else
                    CompareTable.Print(report);
                if (api is not null)
                {
                    var project = args.GetRequiredValue(options.Project);
                    var path = $"/v0/projects/{project}/reports/{args.GetValue(options.Report)}/pairs";
                    var body = Body.Of(runs.ToSend(options.SettingsOf(args)), Wire.Default.NewPairs);
                    var told = await api.SendAsync(HttpMethod.Post, path, body, Wire.Default.Report, ct);
                    Note($"The pairs were sent to the report {told.Uuid}. It now says: {told.Changes?.Sentence}");
                }
                return args.GetValue(options.ErrorOnAlert) && report.Changes is { Failing: > 0 }
                    ? Exit.Failure
                    : Exit.Success;
            }
        );
        return command;
    }

    /// <summary>Every option of <c>paddock compare</c>.</summary>
    internal sealed class CompareOptions
    {
        public Option<string> Base { get; } =
            Side("--base", "Command that runs the base; a string for the shell.", "command");
        public Option<string> Head { get; } =
            Side("--head", "Command that runs the head; a string for the shell.", "command");
        public Option<string> BaseDir { get; } = Side("--base-dir", "Folder where the base runs.", "path");
        public Option<string> HeadDir { get; } = Side("--head-dir", "Folder where the head runs.", "path");
        public Option<string> BaseRev { get; } =
            Side("--base-rev", "Git revision of the base; it is checked out in a separate folder.", "revision");
        public Option<string> HeadRev { get; } =
            Side("--head-rev", "Git revision of the head; the current working folder unless given.", "revision");
        public Option<string> Setup { get; } =
            Side("--setup", "Command that runs once in each folder before the first pair, such as a build.", "command");
        public Option<int?> Pairs { get; } =
            DomainOption.Number(
                "--pairs",
                $"How often each side runs ({Comparison.PairsUsual}).",
                Comparison.PairsLeast,
                Comparison.PairsMost
            );
        public Option<int?> Seed { get; } =
            DomainOption.Number(
                "--seed",
                "Seed for the random order within each pair (a new one each time).",
                0,
                int.MaxValue
            );
        public Option<double?> EffectMin { get; } =
            DomainOption.Number(
                "--minimum-effect",
                "Smallest relative change that is reported (0.01).",
                0.0,
                EffectMax
            );
        public Option<Adapter?> Adapter { get; } =
            DomainOption.Word<Adapter>(
                "--adapter",
                "Harness whose output is read; magic detects it",
                setting: "ADAPTER",
                offered: Run.Adapters.Offered
            );
        public Option<Average?> Average { get; } =
            DomainOption.Word<Average>("--average", "Which of the harness's averages to compare", setting: "AVERAGE");
        public Option<Measures?> Measures { get; } =
            DomainOption.Word<Measures>(
                "--measures",
                "Which of the harness's measures to compare",
                setting: "MEASURES"
            );
        public Option<LinePattern> Pattern { get; } =
            DomainOption.Of<LinePattern>(
                "--pattern",
                "Regular expression that --adapter pattern matches with each line.",
                setting: "PATTERN",
                helpName: "regex"
            );
        public Option<string> File { get; } =
            Side("--file", "Read results from this file that the command writes, in the folder where it runs.", "path");
        public Option<ResourceId> Project { get; } =
            DomainOption.Of<ResourceId>(
                "--project",
                "Send the pairs to a report of this project, to prove or refute its suspicions.",
                helpName: "project"
            );
        public Option<Guid?> Report { get; } =
            DomainOption.Of<Guid?>("--report", "The report of the head, with --project.", ReadUuid, helpName: "uuid");
        public Option<bool> ErrorOnAlert { get; } =
            DomainOption.Flag("--error-on-alert", "Exit with 1 if something is slower.", "--err");
        public Option<ReportFormat?> Format { get; } =
            DomainOption.Word<ReportFormat>("--format", "How to show the result", offered: ["human", "json"]);
        public Option<bool> Quiet { get; } = DomainOption.Flag("--quiet", "Print nothing but the result.", "-q");
        public Argument<string[]> Command { get; } =
            DomainOption.Words(
                "command",
                "Command for both sides, if the sides differ by their folders: one string for the shell, or a program "
                    + "and its arguments."
            );

        public void AddTo(Command command)
        {
            foreach (
                var option in (ReadOnlySpan<Option>)
                    [
                        Base,
                        Head,
                        BaseDir,
                        HeadDir,
                        BaseRev,
                        HeadRev,
                        Setup,
                        Pairs,
                        Seed,
                        EffectMin,
                        Adapter,
                        Average,
                        Measures,
                        Pattern,
                        File,
                        Project,
                        Report,
                        ErrorOnAlert,
                        Format,
                        Quiet,
                    ]
            )
                command.Options.Add(option);
            Command.CaptureRemainingTokens = true;
            command.Arguments.Add(Command);
            foreach (
                var rule in (ReadOnlySpan<Action<CommandResult>>)
                    [
                        Rules.Needs(Base, Head),
                        Rules.Needs(Head, Base),
                        Rules.Needs(HeadRev, BaseRev),
                        Rules.Needs(Project, Report),
                        Rules.Needs(Report, Project),
                        Rules.NotBoth(BaseDir, BaseRev),
                        Rules.NotBoth(HeadDir, HeadRev),
                        Rules.PatternFor(Adapter, Pattern, isRequired: true),
                        Differ,
                    ]
            )
                command.Validators.Add(rule);
        }

        public LocalReader ReaderOf(ParseResult args) =>
            new(
                args.GetValue(Adapter) ?? Core.Adapters.Adapter.Magic,
                new(
                    args.GetValue(Average),
                    args.GetValue(Measures) ?? Core.Adapters.Measures.Usual,
                    args.GetValue(Pattern),
                    LinePattern.Time()
                )
            );

        /// <summary>The settings by which the server reads the benchmarks' output.</summary>
        public ReportSettings SettingsOf(ParseResult args) =>
            new(
                args.GetValue(Adapter),
                args.GetValue(Average),
                Fold: null,
                args.GetValue(Measures),
                args.GetValue(Pattern)
            );

        private static bool ReadUuid(string text, out Guid? value, out string refusal)
        {
            refusal = $"{Core.Names.Text.Quote(text)} is not a UUID";
            value = Guid.TryParse(text, out var uuid) ? uuid : null;
            return value is not null;
        }

        private void Differ(CommandResult result)
        {
            var hasCommand = result.GetResult(Command) is { Tokens.Count: > 0 };
            if (result.Has(Base) == hasCommand)
                result.AddError("Give --base and --head, or one command for both sides.");
            else if (hasCommand && !result.Has(BaseDir) && !result.Has(HeadDir) && !result.Has(BaseRev))
                result.AddError("Both sides would be the same: give --base-dir, --head-dir or --base-rev.");
        }

        private static Option<string> Side(string name, string description, string helpName) =>
            DomainOption.Of<string>(name, description, Readers.NotEmpty, helpName: helpName);
    }
}

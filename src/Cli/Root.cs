using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Paddock.Cli.Backtests;
using Paddock.Cli.Commands;
using Paddock.Cli.Compare;
using Paddock.Cli.Complete;
using Paddock.Cli.Detect;
using Paddock.Cli.Export;
using Paddock.Cli.Import;
using Paddock.Cli.Init;
using Paddock.Cli.LocalServer;
using Paddock.Cli.Run;
using Paddock.Cli.SignIn;
using Paddock.Core.Names;

namespace Paddock.Cli;

/// <summary>
/// The command tree. Only the branch that a command line names is built; the others are just names for the help text.
/// </summary>
internal static class Root
{
    /// <summary>A command at the first level, and how to build it with everything below.</summary>
    private sealed record Entry(string Name, string[] Aliases, string Description, Func<Command> Create)
    {
        public bool Answers(string word) => Name == word || Aliases.Contains(word);
    }

    private static readonly Entry[] Entries =
    [
        new("run", [], "Run a benchmark and send its results to the server.", RunCommand.Create),
        new("compare", [], "Run two versions in turns, and say whether one is slower.", CompareCommand.Create),
        new("parse", [], "Show the results that a run would record from a harness's output.", ParseCommand.Create),
        new("mock", [], "Print made-up results of benchmarks, for trials and tests.", MockCommand.Create),
        new("noise", [], "Measure how much this machine disturbs benchmarks.", NoiseCommand.Create),
        new("detect", [], "Judge series as verdicts do, to measure how often they are wrong.", DetectCommand.Create),
        new("archive", [], "Hide a branch, testbed, benchmark or measure from lists.", ArchiveCommand.CreateArchive),
        new(
            "unarchive",
            [],
            "Show a branch, testbed, benchmark or measure in lists again.",
            ArchiveCommand.CreateUnarchive
        ),
        new("import", [], "Import the history that another tool has recorded into a project.", ImportCommand.Create),
        new("export", [], "Write the results of a project as JSON lines or as a table.", ExportCommand.Create),
        new("perf", [], "Show measurements over time.", PerfCommand.Create),
        new("organization", ["org"], "Organizations, which own projects.", OrganizationCommands.Create),
        new("api-key", [], "Keys of an organization, for programs that watch its machines.", ApiKeyCommands.Create),
        new("member", [], "Members of an organization.", MemberCommands.Create),
        new("invitation", [], "Open invitations to an organization.", InvitationCommands.Create),
        new("sso", [], "E-mail domains whose users join an organization automatically.", SsoCommands.Create),
        new("audit", [], "The audit log: who changed what, when, and from where.", AuditCommands.Create),
        new("plan", [], "Paid plans of an organization, on a hosted server.", PlanCommands.Create),
        new("project", [], "Projects and their keys.", ProjectCommands.Create),
        new("trust", [], "CI jobs that need no key to report to a project.", TrustCommands.Create),
        new("webhook", [], "Webhooks: addresses that receive the changes of a project.", WebhookCommands.Create),
        new("report", [], "Reports: the results of one run.", ReportCommands.Create),
        new("job", [], "Jobs: runs that a runner executes.", JobCommands.Create),
        new("branch", [], "Branches: lines of development.", BranchCommands.Create),
        new("testbed", [], "Testbeds: where benchmarks run.", TestbedCommands.Create),
        new("benchmark", [], "Benchmarks: what is measured.", BenchmarkCommands.Create),
        new("measure", [], "Measures: quantities with their units.", MeasureCommands.Create),
        new("metric", [], "Metrics: single values.", MetricCommands.Create),
        new("threshold", [], "Thresholds: which test judges which measurements.", ThresholdCommands.Create),
        new("alert", [], "Alerts: metrics outside their limits.", AlertCommands.Create),
        new("change", [], "Changes: what became slower or faster, since which commit.", ChangeCommands.Create),
        new("verdict", [], "How verdicts judge the series of a project.", VerdictCommands.Create),
        new("retention", [], "How long a project keeps its results, and archives.", RetentionCommands.Create),
        new(
            "backtest",
            [],
            "Replay a project's history and show the alarms that rules would have raised.",
            BacktestCommand.Create
        ),
        new("plot", [], "Pinned plots of a project.", PlotCommands.Create),
        new("auth", [], "Sign up, log in, accept an invitation.", AuthCommands.Create),
        new("user", [], "Users and their keys.", UserCommands.Create),
        new("token", [], "API tokens of a user, for clients that take no key.", UserCommands.CreateTokens),
        new("runner", [], "Runners: machines that execute jobs.", RunnerCommands.Create),
        new("spec", [], "Specs: hardware that a job requires.", SpecCommands.Create),
        new(
            "fleet",
            [],
            "The fleet: what each machine does, and why jobs wait; drain, resume, cancel.",
            FleetCommands.Create
        ),
        new("server", [], "The server itself.", ServerCommands.Create),
        new("init", [], "Write paddock.toml and a CI file for a repository.", InitCommand.Create),
        new("up", [], "Start a server on this machine.", LocalServerCommands.CreateUp),
        new("logs", [], "Show the log of the server that up started.", LocalServerCommands.CreateLogs),
        new("down", [], "Stop the server that up started.", LocalServerCommands.CreateDown),
        new("login", [], "Store a key for a server, so that commands need no --key.", LoginCommand.CreateLogin),
        new("logout", [], "Delete the key that login stored.", LoginCommand.CreateLogout),
        new("completion", [], "Print the script with which a shell completes command lines.", CompletionCommand.Create),
    ];

    public static async Task<int> InvokeAsync(string[] args)
    {
        ParseResult result;
        try
        {
            (result, var refusals) = Parse(args);
            if (refusals.Count > 0)
                return Refuse(result, refusals);
        }
        catch (Failure e) // The settings file is invalid, which counts like a mistake in the command line.
        {
            Output.Note($"error: {e.Message}");
            return Exit.Usage;
        }
        try
        {
            return await result.InvokeAsync(
                new()
                {
                    EnableDefaultExceptionHandler = false,
                    Output = Output.Out,
                    Error = Output.Error,
                }
            );
        }
        catch (OperationCanceledException)
        {
            return Exit.Interrupted;
        }
        catch (Failure e)
        {
            Output.Note($"\n{e.Message}");
            return Exit.Failure;
        }
    }

    /// <returns>The parsed command line, and the reasons why it cannot be carried out; empty when it can.</returns>
    internal static (ParseResult Result, IReadOnlyList<string> Refusals) Parse(string[] args)
    {
        var root = Build(args.FirstOrDefault(a => a != SplitArguments.Help));
        var split = SplitArguments.Of(root, args);
        var result = root.Parse(split.Tokens, new() { ResponseFileTokenReplacer = null });
        return (result, split.Refusals.Count > 0 ? split.Refusals : Refusals(result));
    }

    /// <summary>Every word that can come first, without aliases.</summary>
    internal static IEnumerable<string> Names => Entries.Select(e => e.Name);

    internal static RootCommand Build(string? word)
    {
        var root = new RootCommand(
            "Continuous benchmarking: run benchmarks, keep their results, and hear when they get slower."
        );
        root.Directives.Clear();
        if (root.Options.OfType<HelpOption>().Single() is { Action: HelpAction action } help)
            help.Action = new GroupedHelp(action);
        foreach (var entry in Entries)
        {
            var command = word is not null && entry.Answers(word) ? entry.Create() : new Command(entry.Name);
            command.Description = entry.Description;
            foreach (var alias in entry.Aliases)
                command.Aliases.Add(alias);
            root.Add(command);
        }
        return root;
    }

    private static List<string> Refusals(ParseResult result)
    {
        if (result.Action is not (null or ParseErrorAction) && result.Action.ClearsParseErrors)
            return []; // Help was asked for.
        List<string> refusals =
        [
            .. result.UnmatchedTokens.Select(t => $"{Text.Quote(Given.Value(t))} is not expected here."),
        ];
        if (refusals.Count == 0)
            refusals.AddRange(result.Errors.Select(e => e.Message).Distinct());
        return refusals;
    }

    private static string Path(CommandResult at) =>
        at.Parent is CommandResult { Parent: not null } above ? $"{Path(above)} {at.Command.Name}"
        : at.Parent is null ? "paddock"
        : $"paddock {at.Command.Name}";

    private static int Refuse(ParseResult result, IReadOnlyList<string> refusals)
    {
        foreach (var refusal in refusals)
            Output.Note($"error: {refusal}");
        Output.Note($"\nSee `{Path(result.CommandResult)} --help`.");
        return Exit.Usage;
    }
}

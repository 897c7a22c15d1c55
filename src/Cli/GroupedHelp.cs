using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Paddock.Cli;

/// <summary>
/// The help of the program itself: its commands, grouped by task, and examples. The help of each command comes from
/// System.CommandLine.
/// </summary>
internal sealed class GroupedHelp(HelpAction inner) : SynchronousCommandLineAction
{
    private static readonly (string Heading, string[] Commands)[] Groups =
    [
        ("Measure", ["run", "compare", "parse", "mock", "noise", "init"]),
        ("Look", ["perf", "report", "metric", "alert", "change", "plot", "job"]),
        (
            "What is measured, and how it is judged",
            ["project", "branch", "testbed", "benchmark", "measure", "threshold"]
        ),
        ("Judge", ["verdict", "backtest", "detect", "retention", "archive", "unarchive"]),
        ("Connect", ["trust", "webhook", "import", "export"]),
        (
            "People and keys",
            [
                "login",
                "logout",
                "auth",
                "user",
                "token",
                "organization",
                "member",
                "invitation",
                "api-key",
                "sso",
                "audit",
                "plan",
            ]
        ),
        ("Machines", ["runner", "spec", "fleet"]),
        ("Servers", ["up", "logs", "down", "server", "completion"]),
    ];

    private const string Examples = """
        Examples:
          paddock up                                       a server on this machine
          paddock init                                     paddock.toml and a CI file for this repository
          paddock run --project my-project "cargo bench"   measure, report, and say what changed
          paddock compare --base-rev main "cargo bench"    two revisions in turns, without a server
          paddock change list my-project --state open      what became slower, since which commit

        `paddock COMMAND --help` lists the options of a command.
        """;

    /// <summary>The library's help action, which all commands below the root use.</summary>
    public HelpAction Inner => inner;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        if (parseResult.CommandResult.Command is not RootCommand root)
            return inner.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine($"{root.Description}\n\nUsage:\n  paddock COMMAND [options]");
        foreach (var (heading, names) in Groups)
        {
            output.WriteLine($"\n{heading}:");
            foreach (var command in names.Select(name => root.Subcommands.Single(one => one.Name == name)))
                output.WriteLine($"  {command.Name, -14}{command.Description}");
        }
        output.WriteLine("\nOptions:");
        foreach (var option in root.Options)
            output.WriteLine($"  {string.Join(", ", option.Aliases.Prepend(option.Name)), -14}{option.Description}");
        output.WriteLine("\n" + Examples);
        return Exit.Success;
    }

    /// <summary>Every command that the help shows, for the test that none is missing.</summary>
    internal static IEnumerable<string> Shown => Groups.SelectMany(group => group.Commands);
}

using System.CommandLine;

namespace Paddock.Cli.Tests.Commands;

/// <summary>The whole tree of commands, as no single command line builds it.</summary>
internal static class CommandTree
{
    /// <summary>Every command below the root with the words that lead to it, groups before what is in them.</summary>
    public static readonly IReadOnlyList<(string Path, Command Command)> All =
    [
        .. Root.Names.SelectMany(name => Below(name, Root.Build(name).Subcommands.Single(c => c.Name == name))),
    ];

    public static readonly IReadOnlyList<(string Path, Command Command)> Leaves =
    [
        .. All.Where(c => c.Command.Subcommands.Count == 0),
    ];

    private static IEnumerable<(string, Command)> Below(string path, Command command) =>
        command.Subcommands.SelectMany(c => Below($"{path} {c.Name}", c)).Prepend((path, command));
}

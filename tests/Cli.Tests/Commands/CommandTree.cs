using System.CommandLine;

namespace Paddock.Cli.Tests.Commands;

/// <summary>The whole tree of commands. The program itself builds only the part that a command line needs.</summary>
internal static class CommandTree
{
    /// <summary>Every command below the root with the words that lead to it; a group precedes its commands.</summary>
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

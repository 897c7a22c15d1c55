using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.CompilerServices;
using System.Text;

namespace Paddock.Cli.Tests.Commands;

/// <summary>
/// The help of all commands, word for word. <c>UPDATE_GOLDEN=1</c> rewrites help.txt; review the diff.
/// </summary>
public sealed class HelpTests
{
    private const int Columns = 160;

    [Fact]
    public void The_help_of_every_command_matches_the_recorded_text()
    {
        var help = new StringBuilder();
        foreach (var (path, command) in CommandTree.All.Where(c => !c.Command.Hidden))
            help.Append($"=== paddock {path} --help\n").Append(Help(path, command));
        var file = Path.Combine(Folder(), "help.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(file, help.ToString());

        Assert.Equal(File.ReadAllText(file), help.ToString());
    }

    [Fact]
    public void Every_command_and_option_has_a_description()
    {
        Assert.All(CommandTree.All, c => Assert.False(string.IsNullOrWhiteSpace(c.Command.Description), c.Path));
        Assert.All(CommandTree.Leaves, c =>
            Assert.All(c.Command.Options.Where(o => !o.Hidden), o =>
                Assert.False(string.IsNullOrWhiteSpace(o.Description), $"{c.Path} {o.Name}")
            )
        );
    }

    [Fact]
    public void The_help_of_the_program_lists_every_command_once()
    {
        Assert.Equal(Root.Names.Order(StringComparer.Ordinal), GroupedHelp.Shown.Order(StringComparer.Ordinal));

        using var text = new StringWriter { NewLine = "\n" };
        Root.Build(word: null).Parse("--help").Invoke(new InvocationConfiguration { Output = text });

        Assert.Contains("\nMeasure:\n  run           Run a benchmark", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("\nExamples:\n", text.ToString(), StringComparison.Ordinal);
    }

    // The connection options are the same for every command, so the recorded help lists them for one command only.
    private static string Help(string path, Command command)
    {
        var root = Root.Build(path.Split(' ')[0]);
        ((GroupedHelp)root.Options.OfType<HelpOption>().Single().Action!).Inner.MaxWidth = Columns;
        using var text = new StringWriter { NewLine = "\n" };
        root.Parse([.. path.Split(' '), "--help"]).Invoke(new InvocationConfiguration { Output = text });
        var lines = text.ToString()
            .Replace($"  {RootCommand.ExecutableName} ", "  paddock ", StringComparison.Ordinal)
            .TrimEnd()
            .Split('\n')
            .Select(line => line.TrimEnd());
        if (path != "server version")
            lines = lines.Where(line =>
                !Shared(command).Any(name => line.StartsWith($"  {name} ", StringComparison.Ordinal))
            );
        return string.Join('\n', lines) + "\n\n";
    }

    private static IEnumerable<string> Shared(Command command)
    {
        var backend = new Command("any");
        new Backend().AddTo(backend);
        return command.Options.Any(o => o.Name == "--native-tls")
            ? [.. backend.Options.Select(o => o.Name), "-?, -h, --help"]
            : ["-?, -h, --help"];
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}

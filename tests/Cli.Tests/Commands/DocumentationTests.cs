using System.CommandLine.Parsing;

namespace Paddock.Cli.Tests.Commands;

/// <summary>docs/commands.md agrees with the program.</summary>
public sealed class DocumentationTests
{
    private static readonly string[] Examples =
    [
        .. File.ReadLines(Path.Combine(BuiltProgram.Root, "docs", "commands.md"))
            .Where(line => line.StartsWith("paddock ", StringComparison.Ordinal))
            .Select(line => line["paddock ".Length..]),
    ];

    public static TheoryData<string> Lines => [.. Examples];

    [Theory, MemberData(nameof(Lines))]
    public void An_example_in_commands_md_is_accepted(string line)
    {
        string[] args = [.. CommandLineParser.SplitCommandLine(line)];

        Assert.Empty(Root.Parse(args).Refusals);
    }

    [Fact]
    public void Every_command_has_an_example() =>
        Assert.All(CommandTree.Leaves, c =>
            Assert.Contains(Examples, line => $"{line} ".StartsWith($"{c.Path} ", StringComparison.Ordinal))
        );
}

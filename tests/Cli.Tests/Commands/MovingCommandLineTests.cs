using System.CommandLine.Parsing;

namespace Paddock.Cli.Tests.Commands;

/// <summary>The program accepts the command lines in docs/moving.md. ImportTests and BencherTests run the
/// imports.</summary>
public sealed class MovingCommandLineTests
{
    private static readonly string Key = "bencher_user_" + new string('a', 30);

    public static TheoryData<string> Lines =>
        [
            .. File.ReadLines(Path.Combine(BuiltProgram.Root, "docs", "moving.md"))
                .Where(line => line.StartsWith("paddock ", StringComparison.Ordinal))
                .Select(line => line["paddock ".Length..]),
        ];

    [Theory, MemberData(nameof(Lines))]
    public void An_example_in_moving_md_is_accepted(string line)
    {
        string[] args =
        [
            .. CommandLineParser.SplitCommandLine(line.Replace(" KEY", $" {Key}", StringComparison.Ordinal)),
        ];

        Assert.Empty(Root.Parse(args).Refusals);
    }
}

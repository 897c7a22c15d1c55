using System.CommandLine;

namespace Paddock.Cli.Tests.Commands;

/// <summary>
/// Which words of a command line are options, which are their values, and which belong to the benchmark command.
/// </summary>
public sealed class SplitArgumentsTests
{
    /// <summary>Every option of every command that needs a value.</summary>
    private static readonly IReadOnlyList<(string[] Path, Command Command, string Name)> Valued =
    [
        .. from leaf in CommandTree.All
        from option in leaf.Command.Options
        where option.Arity.MinimumNumberOfValues > 0
        from name in option.Aliases.Prepend(option.Name)
        select (leaf.Path.Split(' '), leaf.Command, name),
    ];

    private static readonly IReadOnlyList<(string[] Path, string Name)> Flags =
    [
        .. from leaf in CommandTree.All
        from option in leaf.Command.Options
        where option.Arity.MaximumNumberOfValues == 0
        from name in option.Aliases.Prepend(option.Name)
        select (leaf.Path.Split(' '), name),
    ];

    [Fact]
    public void Every_command_refuses_an_option_without_its_value() =>
        Assert.All(Valued, o =>
            Assert.Equal($"{o.Name} needs a value.", Assert.Single(Root.Parse([.. o.Path, o.Name]).Refusals))
        );

    [Fact]
    public void Every_command_refuses_an_option_followed_by_another_option_instead_of_a_value() =>
        Assert.All(Valued, o =>
        {
            foreach (
                var other in o
                    .Command.Options.SelectMany(option => option.Aliases.Prepend(option.Name))
                    .Append("--help")
                    .Append("--")
            )
            {
                var refusals = Root.Parse([.. o.Path, o.Name, other]).Refusals;
                Assert.StartsWith($"{o.Name} needs a value, but {other} follows. ", refusals[0]);
            }
        });

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("--quiet=true")]
    [InlineData("-hh")]
    public void Every_command_refuses_an_option_followed_by_an_unknown_option_instead_of_a_value(string word) =>
        Assert.All(Valued, o =>
            Assert.StartsWith(
                $"{o.Name} needs a value, but {word.Split('=')[0]} follows. ",
                Root.Parse([.. o.Path, o.Name, word]).Refusals[0]
            )
        );

    [Fact]
    public void Every_command_accepts_any_value_after_an_equals_sign()
    {
        foreach (var (path, _, name) in Valued.Where(o => o.Command.Subcommands.Count == 0))
        foreach (var value in (string[])["", "--archive", "-q", "a=b", ":", "--", " ", "\"'", "größe"])
        {
            var split = SplitArguments.Of(Root.Build(path[0]), [.. path, $"{name}={value}", "word"]);

            Assert.True(split.Refusals.Count == 0, string.Join(' ', [.. path, name]));
            Assert.Equal([Given.Marked(value), Given.Marked("word")], split.Tokens[^2..]);
        }
    }

    [Fact]
    public void Every_command_refuses_a_value_for_a_flag() =>
        Assert.All(Flags, flag =>
            Assert.StartsWith(
                $"{flag.Name} takes no value",
                Root.Parse([.. flag.Path, $"{flag.Name}=false"]).Refusals[0]
            )
        );

    [Fact]
    public void No_command_takes_the_word_after_a_flag_as_its_value() =>
        Assert.All(Flags, flag =>
            Assert.Contains(
                Given.Marked("true"),
                SplitArguments.Of(Root.Build(flag.Path[0]), [.. flag.Path, flag.Name, "--", "true"]).Tokens
            )
        );

    [Theory]
    [InlineData("run", "-qh")]
    [InlineData("run", "-hq")]
    [InlineData("help", "project", "key", "list")]
    [InlineData("project", "help", "key", "list")]
    [InlineData("run", "--help", "--nonsense", "--branch")]
    public void A_request_for_help_is_accepted(params string[] args) => Assert.Empty(Root.Parse(args).Refusals);

    [Theory]
    [InlineData("\"upward\" is not a command of `paddock`.", "upward", "--help")]
    [InlineData("\"blogging\" is not a command of `paddock`.", "help", "blogging")]
    [InlineData("\"downward\" is not a command of `paddock`.", "downward", "-h")]
    [InlineData("\"nonsense\" is not a command of `paddock project key`.", "project", "key", "nonsense", "--help")]
    [InlineData("\"echo\" is not a command of `paddock run`.", "help", "run", "echo")]
    [InlineData("\"--nonsense\" is not an option of `paddock run`.", "run", "--nonsense", "--help")]
    [InlineData("\"-z\" is not an option of `paddock run`.", "run", "-qz")]
    [InlineData("-q takes no value, but \"x\" was given.", "run", "-q=x", "true")]
    [InlineData("\"--branch:main\" is not an option of `paddock run`.", "run", "--branch:main", "true")]
    [InlineData("\"--host\" is not an option of `paddock`.", "--host", "http://localhost", "branch", "list", "p")]
    [InlineData(
        "--branch needs a value, but -q follows. Write a value that begins with a dash as --branch=VALUE.",
        "run",
        "--branch",
        "-q",
        "true"
    )]
    [InlineData(
        "--token needs a value, but --key follows. Write a value that begins with a dash as --token=VALUE.",
        "run",
        "--token",
        "--key=secret",
        "true"
    )]
    public void An_invalid_command_line_is_refused_with_the_reason(string reason, params string[] args) =>
        Assert.Equal(reason, Root.Parse(args).Refusals[0]);

    [Theory]
    [InlineData("--threshold-lower-boundary", "-5.5")]
    [InlineData("--flag", "-c")]
    [InlineData("--file", "-")]
    public void An_option_value_may_begin_with_one_dash(string name, string value) =>
        Assert.Equal(
            [name, Given.Marked(value), Given.Marked("true")],
            SplitArguments.Of(Root.Build("run"), ["run", name, value, "true"]).Tokens[^3..]
        );
}

using Paddock.Cli.Complete;

namespace Paddock.Cli.Tests.Complete;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("org", "organization")]
    [InlineData("branch ", "create delete list update view")]
    [InlineData("branch l", "list")]
    [InlineData("export --pro", "--project")]
    [InlineData("export --project ", "")]
    [InlineData("export --project demo --fo", "--format")]
    [InlineData("nothing ", "")]
    public void Completion_offers_the_words_that_fit_the_typed_text(string typed, string expected) =>
        Assert.Equal(expected, string.Join(' ', Completions.Of(typed.Split(' '))));

    [Fact]
    public async Task Bash_completes_paddock_command_lines()
    {
        var script = (await PaddockProgram.RunAsync(["completion", "bash"])).Output;
        using var folder = Folder.New();
        var file = folder.Write(
            "ask.sh",
            $$"""
            paddock() { "{{BuiltProgram.Cli}}" "$@"; }
            {{script}}
            COMP_WORDS=(paddock import asv --dry); COMP_CWORD=3; _paddock; echo "${COMPREPLY[@]}"
            """
        );

        var ended = await BuiltProgram.RunAsync("bash", [file]);

        Assert.Equal("--dry-run\n", ended.Output);
    }

    [Theory]
    [InlineData("exprot", "Did you mean export?")]
    [InlineData("branch lsit", "Did you mean list?")]
    [InlineData("export --fromat csv", "Did you mean --format?")]
    public async Task A_mistyped_word_gets_the_nearest_known_word_as_a_suggestion(string line, string expected)
    {
        var ended = await PaddockProgram.RunAsync(line.Split(' '));

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(expected, ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_word_unlike_every_known_word_gets_no_suggestion() =>
        Assert.DoesNotContain(
            "Did you mean",
            (await PaddockProgram.RunAsync(["xylophone"])).Error,
            StringComparison.Ordinal
        );
}

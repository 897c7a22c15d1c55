namespace Paddock.Cli.Tests;

public sealed class ProgramTests
{
    [Theory]
    [InlineData("--version")]
    [InlineData("-V")]
    public async Task The_version_option_prints_the_program_name_and_three_numbers(string option)
    {
        var ended = await PaddockProgram.RunAsync([option]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Matches(@"^paddock \d+\.\d+\.\d+\n$", ended.Output);
        Assert.Equal("", ended.Error);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    [InlineData("run", "--help")]
    [InlineData("help", "run")]
    public async Task Help_is_printed_on_standard_output_and_exits_with_0(params string[] args)
    {
        var ended = await PaddockProgram.RunAsync(args);

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("Usage:", ended.Output);
        Assert.Equal("", ended.Error);
    }

    [Fact]
    public async Task A_failure_prints_an_empty_line_and_a_message_on_standard_error()
    {
        var ended = await PaddockProgram.RunAsync(["mock", "--count", "1", "--fail"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("\n", ended.Error);
        Assert.NotEqual("", ended.Error.Trim());
        Assert.StartsWith("{", ended.Output);
    }

    [Theory]
    [InlineData("\"$0\" mock --count 100000 | head -n 1")]
    [InlineData("\"$0\" mock --count 1 >&-")]
    [InlineData("\"$0\" mock --count 1 --nonsense 2>&-; [ $? = 2 ]")]
    public async Task A_closed_output_stream_is_not_an_error(string script)
    {
        var ended = await BuiltProgram.RunAsync("/bin/bash", ["-c", $"set -o pipefail; {script}", BuiltProgram.Cli]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal("", ended.Error);
    }
}

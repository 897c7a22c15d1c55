using System.Text.Json.Nodes;
using Paddock.Cli.Tests.Commands;

namespace Paddock.Cli.Tests.Run;

/// <summary>
/// The words of a benchmark command reach its program unchanged, byte for byte, in every form of <c>run</c>.
/// </summary>
public sealed class CommandWordsTests : IAsyncLifetime
{
    private const int Rounds = 8,
        ParsedRounds = 5000;

    // Words that a parser could misread: options of run with and without values, separators, quotes, spaces.
    private static readonly string[] Odd =
    [
        "--iter=5",
        "--iter",
        "--format=json",
        "--format=",
        "--file=x",
        "--quiet=false",
        "--quiet",
        "-q",
        "-q=x",
        "-qh",
        "-h",
        "--help",
        "--version",
        "--",
        "-",
        "",
        " ",
        "=",
        ":",
        "--=",
        "--branch:main",
        "run",
        "help",
        "@file",
        "[suggest]",
        "a=b",
        "a:b",
        "\"",
        "'",
        "\\",
        "$HOME",
        "`id`",
        "*",
        "größe",
        "日本",
        "🐎",
        "\t",
        "two\nlines",
        "\r",
        "-5",
        "/h",
        "/?",
        "--exec",
        "=x",
        "==",
    ];

    private readonly Folder folder = Folder.New();
    private RecordingServer server = null!;
    private string program = "";

    public async Task InitializeAsync()
    {
        server = await RecordingServer.StartAsync(400, """{"request_id":"r","message":"seen"}""");
        program = folder.Write(
            "record words",
            "#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done > \"$(dirname \"$0\")/words\"\necho '{}'\n"
        );
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public async Task DisposeAsync()
    {
        folder.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Random_words_reach_the_program_unchanged()
    {
        for (var seed = 0; seed < Rounds; seed++)
        {
            var words = Words(new(seed));
            foreach (
                var form in (string[][])
                    [
                        [program],
                        ["--exec", program],
                        ["--", program],
                        ["--exec", "--", program],
                    ]
            )
            {
                if (words.Length == 0 && !form.Contains("--exec"))
                    continue; // A single word would be a command line for the shell.
                Assert.Equal(words, await ReceivedAsync([.. form, .. words]));
            }
        }
    }

    [Fact]
    public async Task A_string_for_the_shell_reaches_the_shell_unchanged()
    {
        foreach (var text in Odd.Where(text => text.Length > 0))
        {
            Assert.Equal(["--iter=3", text], await ReceivedAsync(["--shell", program, "--flag=--iter=3", "--", text]));
            if (text[0] != '-')
                Assert.Equal(["-c", text], await ReceivedAsync(["--shell", program, "--flag", "-c", text]));
        }
    }

    [Fact]
    public async Task Random_words_reach_a_job_unchanged()
    {
        for (var seed = 100; seed < 100 + Rounds; seed++)
        {
            string[] words = ["bench", .. Words(new(seed))];
            Assert.Equal(words, await SentAsync(["--image", "demo:v1", "--exec", .. words]));
            Assert.Equal(words, await SentAsync(["--image", "demo:v1", "--exec", "--", .. words]));
            if (words.Length > 1)
                Assert.Equal(words, await SentAsync(["--image=demo:v1", .. words]));
        }
    }

    [Fact]
    public void Random_words_after_the_program_are_not_parsed_as_options()
    {
        var argument = (System.CommandLine.Argument<string[]>)
            Root.Build("run").Subcommands.Single(c => c.Name == "run").Arguments.Single();
        for (var seed = 1000; seed < 1000 + ParsedRounds; seed++)
        {
            string[] words = ["program", .. Words(new(seed))];
            foreach (
                var before in (string[][])
                    [
                        [],
                        ["--"],
                        ["--quiet"],
                        ["--iter=2", "--"],
                        ["--branch", "b"],
                        ["-q", "--exec"],
                    ]
            )
            {
                var (result, refusals) = Root.Parse(["run", .. before, .. words]);
                Assert.True(refusals.Count == 0, $"seed {seed}");
                Assert.Equal(words, result.GetValue<string[]>(argument.Name));
            }
        }
    }

    [Fact]
    public async Task A_build_time_is_named_after_the_unchanged_words()
    {
        var ended = await PaddockProgram.RunAsync([
            "run",
            "--host",
            server.Host,
            "--project",
            "p",
            "--build-time",
            "--quiet",
            "echo",
            "--iter=5",
            "a:b",
        ]);

        Assert.Equal(1, ended.ExitCode);
        var sent = Assert.Single(server.Requests, request => request.Line == "POST /v0/run");
        var results = JsonNode.Parse((string)JsonNode.Parse(sent.Body)!["results"]![0]!)!;
        Assert.Equal("echo --iter=5 a:b", Assert.Single(results.AsObject()).Key);
    }

    private async Task<string[]> ReceivedAsync(string[] command)
    {
        var words = Path.Combine(folder.Path, "words");
        File.Delete(words);
        var ended = await PaddockProgram.RunAsync([
            "run",
            "--host",
            server.Host,
            "--project",
            "p",
            "--dry-run",
            .. command,
        ]);
        Assert.True(ended.ExitCode == 0, ended.Error);
        return File.ReadAllText(words).Split('\0')[..^1];
    }

    private async Task<string[]> SentAsync(string[] command)
    {
        await PaddockProgram.RunAsync(["run", "--host", server.Host, "--project", "p", .. command]);
        return [.. JsonNode.Parse(server.Requests[^1].Body)!["job"]!["cmd"]!.AsArray().Select(word => (string)word!)];
    }

    private static string[] Words(Random random) =>
        [
            .. Enumerable
                .Range(0, random.Next(5))
                .Select(_ => random.Next(3) == 0 ? Letters(random) : Odd[random.Next(Odd.Length)]),
        ];

    private static string Letters(Random random)
    {
        const string alphabet = "--==:: \"'`$\\@#%ab9.,;|&<>()[]{}~éß→漢\u0001\u007f";
        return string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => alphabet[random.Next(alphabet.Length)]));
    }
}

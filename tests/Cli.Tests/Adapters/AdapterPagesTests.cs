using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Paddock.Core.Adapters;
using Paddock.Core.Wire;

namespace Paddock.Cli.Tests.Adapters;

/// <summary>Runs the command on each page of docs/adapters/ if the page's harness is installed.</summary>
public sealed class AdapterPagesTests
{
    private static readonly string Pages = Path.Combine(BuiltProgram.Root, "docs", "adapters");

    private static IEnumerable<string> Adapters =>
        Words<Adapter>.All.Where(word =>
            Words<Adapter>.TryParse(word, out var adapter)
            && Harness.Canonical(adapter) != Adapter.Magic
            && !word.StartsWith("rust_gungraun_", StringComparison.Ordinal)
        );

    public static TheoryData<string> WithHarness => [.. HarnessProject.All.Keys];

    public static TheoryData<string> WithoutHarness =>
        [.. Adapters.Where(adapter => !HarnessProject.All.ContainsKey(adapter))];

    [Theory, MemberData(nameof(WithHarness))]
    public async Task The_command_on_an_adapter_page_prints_output_that_the_adapter_reads(string harness)
    {
        var (adapter, project) = (harness.Split(' ')[0], HarnessProject.All[harness]);
        Assert.True(
            project.Missing is null,
            $"{project.Missing} is not installed here; dotnet run dev.cs -- test installs it"
        );
        using var folder = Folder.New();
        foreach (var (name, text) in project.Files)
            folder.Write(name, text);
        if (project.Packages is { } packages)
        {
            var installed = await Shell(
                folder,
                $"npm install --no-audit --no-fund --loglevel=error {string.Join(' ', packages)}",
                []
            );
            Assert.True(
                installed.ExitCode == 0,
                $"npm could not install {string.Join(' ', packages)}: {installed.Error}"
            );
        }
        await using var site = Site.Start();
        string[] environment = ["URL", site.Url, .. project.Environment ?? []];
        if (project.Prepare is { } prepare)
            Assert.Equal(0, (await Shell(folder, prepare, environment)).ExitCode);

        var (commands, run) = CommandsOf(adapter);
        var ran = await Shell(folder, commands, environment);
        Assert.True(ran.ExitCode == 0, $"{commands}\n{ran.Output}\n{ran.Error}");
        var read = await Shell(folder, $"'{BuiltProgram.Cli}' parse {run}", environment);

        Assert.True(read.ExitCode == 0, $"{read.Error}\n{ran.Output}\n{ran.Error}");
        Assert.StartsWith($"{adapter} read ", read.Error, StringComparison.Ordinal);
        Assert.NotEmpty(JsonNode.Parse(read.Output)!.AsObject());
    }

    [Theory, MemberData(nameof(WithoutHarness))]
    public void A_page_without_a_tested_command_says_so_and_names_the_origin_of_its_outputs(string adapter)
    {
        var text = File.ReadAllText(Path.Combine(Pages, $"{adapter}.md"));
        var origin = text[text.IndexOf("## Outputs this was tried with", StringComparison.Ordinal)..];
        string[] origins = ["recorded elsewhere", "Outputs recorded", "Made after"];
        string[] admissions = ["is not run by the tests", "nobody has run it here"];
        Assert.Contains(origins, word => origin.Contains(word, StringComparison.OrdinalIgnoreCase));
        Assert.Contains(admissions, word => origin.Contains(word, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_adapter_has_a_page_and_a_line_in_the_index()
    {
        var index = File.ReadAllText(Path.Combine(Pages, "..", "adapters.md"));
        Assert.All(Adapters, adapter =>
        {
            Assert.Contains($"(adapters/{adapter}.md)", index, StringComparison.Ordinal);
            Assert.Contains(
                $"--adapter {adapter} ",
                File.ReadAllText(Path.Combine(Pages, $"{adapter}.md")),
                StringComparison.Ordinal
            );
        });
    }

    // The lines of the page's first block: the commands that produce the output, and the arguments of paddock run.
    private static (string Commands, string Run) CommandsOf(string adapter)
    {
        var lines = File.ReadAllLines(Path.Combine(Pages, $"{adapter}.md"))
            .SkipWhile(line => line != "```sh")
            .Skip(1)
            .TakeWhile(line => line != "```")
            .ToList();
        const string Run = "paddock run --project my-project ";
        Assert.StartsWith(Run, lines[^1], StringComparison.Ordinal);
        return (
            string.Join('\n', lines[..^1]),
            lines[^1][Run.Length..].Replace(" --file ", " ", StringComparison.Ordinal)
        );
    }

    private static Task<Ended> Shell(Folder folder, string command, string[] environment)
    {
        var variables = environment.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
        variables["PATH"] = $"{folder.Path}:{Environment.GetEnvironmentVariable("PATH")}";
        return BuiltProgram.RunAsync("bash", ["-c", command], variables, folder: folder.Path);
    }

    /// <summary>An HTTP server that harnesses can send requests to.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, port: 0);
        private readonly CancellationTokenSource stop = new();

        public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";

        public static Site Start()
        {
            var site = new Site();
            site.listener.Start();
            _ = site.ServeAsync();
            return site;
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                    _ = AnswerAsync(await listener.AcceptTcpClientAsync(stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException) { }
        }

        private async Task AnswerAsync(TcpClient client)
        {
            using (client)
            {
                var buffer = new byte[4096];
                try
                {
                    while (await client.GetStream().ReadAsync(buffer, stop.Token) > 0)
                        await client
                            .GetStream()
                            .WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), stop.Token);
                }
                catch (Exception e) when (e is OperationCanceledException or IOException) { }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            listener.Dispose();
            stop.Dispose();
        }
    }
}

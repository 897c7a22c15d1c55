using System.Text;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Jobs;

/// <summary>
/// End to end with real parts: the command line, a server process with its registry, a runner process, and a sandbox.
/// </summary>
public sealed class BareMetalTests : IAsyncLifetime
{
    private const string Bench = """
        #!/bin/sh
        echo "measuring with $MODE" >&2
        echo '{"fib":{"latency":{"value":12.5}}}'
        """;

    private ServerProcess server = null!;
    private TestUser ada = null!;

    public async Task InitializeAsync()
    {
        server = await ServerProcess.StartAsync(Engine.Sqlite);
        using var anybody = new Client(server.Address, token: null);
        ada = await anybody.SignUpAsync("Ada Admin", server.Tokens);
        await ada.CreateProjectAsync("App");
        var busybox = await File.ReadAllBytesAsync("/bin/busybox");
        using var image = new ImageLayout();
        image.Add(
            "v1",
            [
                ImageLayout.Layer(
                    new Dictionary<string, byte[]>
                    {
                        ["bin/sh"] = busybox,
                        ["bin/bench"] = Encoding.UTF8.GetBytes(Bench),
                        ["tmp/.keep"] = [],
                    }
                ),
            ],
            "/bin/bench"
        );
        var pushed = await BuiltProgram.RunAsync(
            "skopeo",
            [
                "copy",
                "--quiet",
                "--insecure-policy",
                "--dest-tls-verify=false",
                "--dest-creds",
                $"ada.admin@example.com:{ada.Token}",
                $"oci:{image.Folder}:v1",
                $"docker://{server.Address.Authority}/app:v1",
            ]
        );
        Assert.True(pushed.ExitCode == 0, pushed.Error);
    }

    public async Task DisposeAsync()
    {
        ada.Dispose();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData("container")]
    [InlineData("microvm")]
    public async Task A_run_with_an_image_is_executed_in_its_sandbox_and_becomes_a_report(string sandbox)
    {
        string[] kind = sandbox == "microvm" ? ["--sandbox", "firecracker"] : [];
        await AskAsync([
            "spec",
            "create",
            "--name",
            "Box",
            "--os",
            "linux",
            "--architecture",
            "x86_64",
            "--cpu",
            "1",
            "--memory",
            "268435456",
            "--disk",
            "268435456",
            .. kind,
        ]);
        var key = (string)(await AskAsync(["runner", "create", "--name", "Rig"]))["key"]!;
        await AskAsync(["runner", "spec", "add", "rig", "--spec", "box"]);
        await using var runner = RunnerProcess.Start(server.Address, "rig", key, "--allow-emulation");

        // The image's name holds the project, and the image holds the command.
        var report = await RunAsync("--spec", "box", "--image", "app:v1", "--env", "MODE=care", "--iter", "2");

        Assert.Equal(
            [12.5, 12.5],
            report["results"]!
                .AsArray()
                .Select(iteration => (double)iteration![0]!["measures"]![0]!["metric"]!["value"]!)
        );
        Assert.Equal("box", (string?)report["testbed"]!["spec"]!["slug"]);
        var job = await AskAsync(["job", "view", "app", (string)report["job"]!]);
        Assert.Equal(("processed", sandbox), ((string)job["status"]!, (string)job["environment"]!["sandbox"]!));
        Assert.Equal("measuring with care\n", (string?)job["output"]!["results"]![1]!["stderr"]);

        // Build time and file size have the same names as when they are measured without a job.
        const string build = "echo made > app";
        using var folder = Folder.New();
        var measured = await RunAsync(
            "--spec",
            "box",
            "--image",
            "app:v1",
            "--build-time",
            "--file-size",
            "app",
            build
        );
        var here = await BuiltProgram.RunAsync(
            BuiltProgram.Cli,
            [
                .. Reach("run"),
                "--project",
                "app",
                "--format",
                "json",
                "--quiet",
                "--build-time",
                "--file-size",
                "app",
                build,
            ],
            folder: folder.Path
        );
        Assert.True(here.ExitCode == 0, here.Error);
        Assert.Equal(Measured(JsonNode.Parse(here.Output)!), Measured(measured));
        Assert.Contains(("app", "file-size", 5), Measured(measured));
    }

    // Leaves out times, which differ between runs.
    private static IEnumerable<(string, string, double)> Measured(JsonNode report) =>
        report["results"]![0]!
            .AsArray()
            .SelectMany(result =>
                result!["measures"]!
                    .AsArray()
                    .Select(measure =>
                        (
                            (string)result["benchmark"]!["name"]!,
                            (string)measure!["measure"]!["slug"]!,
                            (string)measure["measure"]!["slug"]! == "build-time"
                                ? 0
                                : (double)measure["metric"]!["value"]!
                        )
                    )
            )
            .Order();

    private async Task<JsonNode> RunAsync(params string[] more)
    {
        var ended = await BuiltProgram.RunAsync(
            BuiltProgram.Cli,
            [.. Reach("run"), "--format", "json", "--quiet", .. more]
        );
        Assert.True(ended.ExitCode == 0, ended.Error);
        return JsonNode.Parse(ended.Output)!;
    }

    private async Task<JsonNode> AskAsync(string[] words)
    {
        var ended = await BuiltProgram.RunAsync(BuiltProgram.Cli, [.. words, .. Reach()]);
        Assert.True(ended.ExitCode == 0, $"{string.Join(' ', words)}: {ended.Error}");
        return JsonNode.Parse(ended.Output)!;
    }

    private string[] Reach(params string[] command) =>
        [.. command, "--host", server.Address.AbsoluteUri, "--token", ada.Token];
}

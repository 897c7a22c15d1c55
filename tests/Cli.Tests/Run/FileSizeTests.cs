using System.Text.Json.Nodes;
using Paddock.Cli.Run;
using Paddock.Cli.Tests.Commands;

namespace Paddock.Cli.Tests.Run;

public sealed class FileSizeTests : IDisposable
{
    private readonly Folder folder = Folder.New();

    public FileSizeTests()
    {
        folder.Write("build/app", "12345");
        folder.Write("build/lib/.hidden/a.so", "123");
        folder.Write("build/lib/empty", "");
        File.CreateSymbolicLink(Path.Combine(folder.Path, "build", "again"), "app");
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "build", "up"), "..");
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "link"), "build");
        File.CreateSymbolicLink(Path.Combine(folder.Path, "app"), "build/app");
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("build/app", 5)]
    [InlineData("app", 5)]
    [InlineData("build", 8)]
    [InlineData("build/", 8)]
    [InlineData("link", 8)]
    [InlineData("build/lib/.", 3)]
    [InlineData("build/lib/..", 8)]
    [InlineData("", 8)]
    public void The_size_of_a_folder_is_the_sum_of_its_files(string path, double size) =>
        Assert.Equal(size, FileSize.Of(Path.Join(folder.Path, path)));

    [Theory]
    [InlineData("/", "/")]
    [InlineData(".", ".")]
    [InlineData("..", "..")]
    [InlineData("./", "./")]
    [InlineData("../..", "../..")]
    [InlineData("build/lib/", "lib")]
    [InlineData("build/.", "build")]
    [InlineData("./build", "build")]
    [InlineData("/srv/app.tar.gz", "app.tar.gz")]
    public void A_size_is_named_after_the_last_segment_of_its_path(string path, string name) =>
        Assert.Equal(name, FileSize.NameOf(path));

    [Fact]
    public async Task A_run_measures_the_sizes_of_folders()
    {
        await using var server = await RecordingServer.StartAsync(400, """{"request_id":"r","message":"seen"}""");

        await PaddockProgram.RunAsync(
            [
                "run",
                "--host",
                server.Host,
                "--project",
                "p",
                "--branch",
                "main",
                "--file-size",
                ".",
                "--file-size=..",
                "--file-size",
                "lib/",
            ],
            folder: Path.Combine(folder.Path, "build")
        );

        var results = JsonNode.Parse(
            (string)
                JsonNode.Parse(Assert.Single(server.Requests, request => request.Line == "POST /v0/run").Body)![
                    "results"
                ]![0]!
        )!;
        Assert.Equal(
            [(".", 8), ("..", 8), ("lib", 3)],
            results.AsObject().Select(b => (b.Key, (double)b.Value!["file-size"]!["value"]!))
        );
    }
}

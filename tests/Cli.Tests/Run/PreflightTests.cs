using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Run;

/// <summary>Problems that would make the server refuse a report are found before the benchmark runs.</summary>
public sealed class PreflightTests : IAsyncLifetime
{
    private readonly Folder folder = Folder.NewRepository();
    private TestServer server = null!;

    public async Task InitializeAsync() => server = await TestServer.StartAsync(Engine.Sqlite);

    public async Task DisposeAsync()
    {
        folder.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task An_invalid_key_fails_the_run_before_the_benchmark()
    {
        const string key = "bencher_user_0123456789abcdefghijABCDEFGHIJ";

        Assert.Contains(
            "Status: 401",
            await RefusalAsync("--project", "rocket", "--key", key),
            StringComparison.Ordinal
        );
        Assert.Contains("Status: 401", await RefusalAsync("--key", key), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_project_of_another_user_fails_the_run_before_the_benchmark()
    {
        await server.SignUpAsync("Admin");
        using var ada = await server.SignUpAsync("Ada Owner");
        using var bob = await server.SignUpAsync("Bob Other");
        var project = await ada.CreateProjectAsync("Rocket");

        Assert.Contains(
            $"The project {project} has an owner",
            await RefusalAsync("--project", project),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "lacks the permission \"create\"",
            await RefusalAsync("--project", project, "--token", bob.Token),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_run_to_an_own_unclaimed_or_new_project_succeeds()
    {
        using var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Rocket");

        foreach (
            var args in new string[][]
            {
                ["--project", project, "--token", ada.Token],
                ["--project", "new-one"],
                ["--project", "new-one"],
                ["--project", "hers", "--token", ada.Token],
            }
        )
        {
            var ended = await RunAsync(args);
            Assert.True(ended.ExitCode == 0, ended.Error);
        }
    }

    private async Task<string> RefusalAsync(params string[] args)
    {
        var ended = await RunAsync(args);
        Assert.Equal(1, ended.ExitCode);
        Assert.False(File.Exists(Path.Combine(folder.Path, "ran")), "the benchmark ran");
        return ended.Error;
    }

    private Task<Ended> RunAsync(string[] args) =>
        PaddockProgram.RunAsync(
            [
                "run",
                "--host",
                server.Address.ToString(),
                .. args,
                "touch ran; echo '{\"a\":{\"latency\":{\"value\":1}}}'",
            ],
            folder: folder.Path
        );
}

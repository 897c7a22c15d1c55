using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Export;

public sealed class RoundTripTests
{
    [Theory, EveryDatabase]
    public async Task An_imported_project_is_exported_again_byte_for_byte(Engine engine)
    {
        using var folder = Folder.New();
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        foreach (var name in new[] { "Demo", "Copy", "Table" })
            await ada.CreateProjectAsync(name);
        for (var i = 0; i < 5; i++)
            await ada.RunAsync(
                new Testing.Run(
                    "demo",
                    Testing.Run.Measured(("a/b", "latency", 1.1 + i), ("Ü \"x\"", "File Size", 3)),
                    Testing.Run.Latencies(("a/b", 2e-7))
                )
                {
                    Hash = i == 3 ? null : Testing.Run.Commit(i),
                    Start = new DateTimeOffset(2026, 11, 20, 0, i, 0, TimeSpan.Zero),
                    IdempotencyKey = i == 1 ? Guid.NewGuid() : null,
                }
            );
        await ada.RunAsync(
            new Testing.Run("demo", Testing.Run.Latencies(("a/b", 5)))
            {
                Hash = Testing.Run.Commit(9),
                Branch = "feature",
                StartPoint = new { branch = "main", hash = Testing.Run.Commit(2) },
            }
        );
        await ada.RunAsync(new Testing.Run("demo", Testing.Run.Latencies(("a/b", 6))) { Hash = Testing.Run.Commit(5) });
        var (first, second, table) = (
            Path.Combine(folder.Path, "first.jsonl"),
            Path.Combine(folder.Path, "second.jsonl"),
            Path.Combine(folder.Path, "table.csv")
        );

        await PaddockAsync(server, ada, "export", "--project", "demo", "--output", first);
        Assert.StartsWith(
            "Imported 7 reports with 17 values",
            (await PaddockAsync(server, ada, "import", "paddock", first, "--project", "copy")).Output,
            StringComparison.Ordinal
        );
        await PaddockAsync(server, ada, "export", "--project", "copy", "--output", second);

        Assert.Equal(await File.ReadAllTextAsync(first), await File.ReadAllTextAsync(second));
        Assert.Equal(7, (await File.ReadAllLinesAsync(first)).Length);
        Assert.Equal(
            (await ada.GetAsync("/v0/projects/demo/branches/feature")).Expect(200)["head"]!["start_point"]![
                "version"
            ]!.ToJsonString(),
            (await ada.GetAsync("/v0/projects/copy/branches/feature")).Expect(200)["head"]!["start_point"]![
                "version"
            ]!.ToJsonString()
        );
        await PaddockAsync(server, ada, "export", "--project", "demo", "--format", "csv", "--output", table);
        Assert.Contains(
            " with 12 values",
            (await PaddockAsync(server, ada, "import", "csv", table, "--project", "table")).Output,
            StringComparison.Ordinal
        );
        Assert.Empty(Directory.GetFiles(folder.Path, "*.part"));
    }

    [Theory, EveryDatabase]
    public async Task Reports_archived_and_dropped_by_retention_can_be_imported_again(Engine engine)
    {
        using var folder = Folder.New();
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        foreach (var name in new[] { "Demo", "Copy" })
            await ada.CreateProjectAsync(name);
        for (var i = 0; i < 3; i++)
            await ada.RunAsync(
                new Testing.Run("demo", Testing.Run.Latencies(("a/b", 1.1 + i), ("Ü \"x\"", 2e-7)))
                {
                    Hash = Testing.Run.Commit(i),
                    Start = clock.GetUtcNow().AddDays(-100 + i),
                }
            );
        string File(string name) => Path.Combine(folder.Path, name);
        await PaddockAsync(server, ada, "export", "--project", "demo", "--output", File("before"));
        await PaddockAsync(server, ada, "retention", "set", "demo", "--policy", "drop", "--days", "30");
        JsonArray archives;
        do
        {
            clock.Advance(TimeSpan.FromMinutes(31)); // Until the next sweep.
            archives = (await ada.GetAsync("/v0/projects/demo/retention/archives")).Expect(200).AsArray();
        } while (archives.Count == 0 || await server.CountAsync("reports") > 0);

        // A sweep that reaches its time limit leaves several archives, for example when the clock advances during the
        // sweep.
        foreach (var archive in archives.OrderBy(one => (string)one!["first"]!, StringComparer.Ordinal))
        {
            var uuid = (string)archive!["uuid"]!;
            await PaddockAsync(server, ada, "retention", "download", "demo", uuid, "--output", File(uuid));
            Assert.StartsWith(
                $"Imported {archive["reports"]} reports with {archive["metrics"]} values",
                (await PaddockAsync(server, ada, "import", "paddock", File(uuid), "--project", "copy")).Output,
                StringComparison.Ordinal
            );
        }
        Assert.Equal(3, archives.Sum(one => (int)one!["reports"]!));
        await PaddockAsync(server, ada, "export", "--project", "copy", "--output", File("after"));

        Assert.Equal(
            await System.IO.File.ReadAllTextAsync(File("before")),
            await System.IO.File.ReadAllTextAsync(File("after"))
        );
    }

    [Fact]
    public async Task An_export_of_a_missing_project_leaves_no_file()
    {
        using var folder = Folder.New();
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var file = Path.Combine(folder.Path, "none.jsonl");

        var ended = await PaddockProgram.RunAsync([
            "export",
            "--project",
            "none",
            "--host",
            server.Address.ToString(),
            "--output",
            file,
        ]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("404", ended.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static async Task<Ended> PaddockAsync(TestServer server, TestUser user, params string[] args)
    {
        var ended = await PaddockProgram.RunAsync([
            .. args,
            "--host",
            server.Address.ToString(),
            "--token",
            user.Token,
        ]);
        Assert.True(ended.ExitCode == 0, ended.Error);
        return ended;
    }
}

using System.IO.Compression;
using Microsoft.Data.Sqlite;
using Paddock.Server.Ground.Database;
using Paddock.Server.Installation;

namespace Paddock.Server.Tests.Installation;

public sealed class ServerTests
{
    [Theory, EveryDatabase]
    public async Task Settings_are_shown_without_their_secrets(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");

        var reply = await ada.GetAsync("/v0/server/config");

        var config = reply.Expect(200);
        Assert.Equal("http://localhost:6610/", (string?)config["console"]!["url"]);
        Assert.Equal(64 << 20, (int)config["server"]!["request_body_max_bytes"]!);
        Assert.Null(config["plus"]!["rate_limiting"]);
        Assert.Equal(
            """{"heartbeat_timeout":90,"job_timeout_grace_period":60}""",
            config["plus"]!["runners"]!.ToJsonString()
        );
        Assert.Equal(
            """{"url":"http://localhost:6610/","upload_timeout":3600,"max_body_size":1073741824}""",
            config["plus"]!["registry"]!.ToJsonString()
        );
        Assert.DoesNotContain("signs the tokens", reply.Text, StringComparison.Ordinal);
        Assert.Equal(
            engine == Engine.Sqlite,
            ((string)config["database"]!["file"]!).EndsWith("paddock.db", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_database_password_is_never_shown()
    {
        var options = new ServerOptions
        {
            Database = "Host=db.example;Username=paddock;Password=hunter2;Database=paddock;SSL Password=hunter3",
        };

        var shown = Config.Of(options, new(options, options.Access, TimeProvider.System)).Database.File;

        Assert.Contains("db.example", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter", shown, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task Statistics_count_users_projects_and_reports_by_week_and_month(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Idle");
        await ada.CreateProjectAsync("Mine");
        await ada.RunAsync(new("mine", Run.Latencies(("a", 1), ("b", 2), ("c", 3))));
        clock.Advance(TimeSpan.FromDays(10));
        await ada.RunAsync(new("mine", Run.Latencies(("a", 1))));
        clock.Advance(TimeSpan.FromDays(10));
        await server.RunAsync(
            new("free", Run.Latencies(("a", 1), ("b", 2))) { Context = new System.Text.Json.Nodes.JsonObject() }
        );
        var bob = await server.SignUpAsync("Bob Builder");
        Assert.Equal(403, (await bob.GetAsync("/v0/server/stats")).Status);

        ada = new TestUser(
            server.Address,
            ada.Email,
            (await server.PostAsync("/v0/auth/confirm", new { token = server.Tokens.Mint("auth", ada.Email) })).Expect(
                200
            )
        );
        var stats = (await ada.GetAsync("/v0/server/stats")).Expect(200);

        string Cohort(string name) => $"{stats[name]!["week"]} {stats[name]!["month"]} {stats[name]!["total"]}";
        Assert.Equal("1 2 2", Cohort("users"));
        Assert.Equal("1 3 3", Cohort("projects"));
        Assert.Equal("0 2 2", Cohort("projects_claimed"));
        Assert.Equal("1 1 1", Cohort("projects_unclaimed"));
        Assert.Equal("1 2 2", Cohort("active_projects"));
        Assert.Equal("1 3 3", Cohort("reports"));
        Assert.Equal("0 2 2", Cohort("reports_claimed"));
        Assert.Equal("1 1.5 1.5", Cohort("reports_per_project"));
        Assert.Equal("2 6 6", Cohort("metrics"));
        Assert.Equal("0 4 4", Cohort("metrics_claimed"));
        Assert.Equal("2 2 2", Cohort("metrics_per_report"));
        Assert.Equal("0 2 2", Cohort("metrics_per_report_claimed"));
        Assert.Equal("Ada Admin", (string?)Assert.Single(stats["admins"]!.AsArray())!["name"]);
        var top = stats["top_projects"]!["total"]!.AsArray();
        Assert.Equal([("Mine", 4), ("Project", 2)], top.Select(p => ((string)p!["name"]!, (int)p["metrics"]!)));
        Assert.Equal(1, top.Sum(p => (double)p!["percentage"]!), tolerance: 1e-9);
        Assert.Equal((string?)stats["admins"]![0]!["name"], (string?)stats["organizations"]![0]!["name"]);
        Assert.Equal("""{"week":0,"month":0,"total":0}""", stats["runner"]!["seconds"]!["total"]!.ToJsonString());
        Assert.Equal(
            (Guid)stats["server"]!["uuid"]!,
            (Guid)(await ada.GetAsync("/v0/server/stats")).Expect(200)["server"]!["uuid"]!
        );
    }

    [Fact]
    public void A_weighted_median_is_the_middle_value_or_the_mean_of_the_two_middle_values()
    {
        Assert.Equal(0, Stats.Median([]));
        Assert.Equal(7, Stats.Median([(7, 1)]));
        Assert.Equal(1, Stats.Median([(1, 3), (9, 2)]));
        Assert.Equal(5, Stats.Median([(1, 2), (9, 2)]));
        Assert.Equal(9, Stats.Median([(1, 0), (9, 1)]));
    }

    [Fact]
    public void Runner_statistics_are_grouped_by_claim_state_and_project()
    {
        Guid mine = Guid.NewGuid(),
            nobodys = Guid.NewGuid();

        var stats = RunnerWork.Of(
            [
                new(mine, "Mine", Claimed: true, new(0, 30, 60)),
                new(nobodys, "Nobody's", Claimed: false, new(20, 20, 20)),
            ],
            [new(Claimed: false, Seconds: 20, new(1, 1, 1)), new(Claimed: true, Seconds: 30, new(0, 1, 2))]
        );

        Assert.Equal(
            (20UL, 50UL, 80UL),
            (stats.Seconds.Total.Week, stats.Seconds.Total.Month, stats.Seconds.Total.Total)
        );
        Assert.Equal(
            (60UL, 20UL, 0UL),
            (stats.Seconds.Claimed.Total, stats.Seconds.Unclaimed.Total, stats.Seconds.Plus.Total)
        );
        Assert.Equal(
            (20.0, 25.0, 30.0),
            (stats.SecondsPerReport.Total.Week, stats.SecondsPerReport.Total.Month, stats.SecondsPerReport.Total.Total)
        );
        Assert.Equal(
            [("Mine", 60UL, 0.75), ("Nobody's", 20UL, 0.25)],
            stats.TopProjects.Total.Total.Select(p => (p.Name, p.Seconds, p.Percentage))
        );
        Assert.Equal([nobodys], stats.TopProjects.Total.Week.Select(p => p.Uuid));
        Assert.Empty(stats.TopProjects.Plus.Total);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_backup_contains_the_whole_database(bool compress)
    {
        string? folder = null;
        await using var server = await TestServer.StartAsync(Engine.Sqlite, new HandClock(), options =>
        {
            folder = options.DataFolder;
            return options;
        });
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(new("demo", Run.Latencies(("a", 1), ("b", 2))));

        var made = (await ada.PostAsync("/v0/server/backup", new { compress })).Expect(201);

        Assert.Equal(new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero), (DateTimeOffset)made["created"]!);
        var file = Path.Combine(folder!, "backup-paddock-2026-11-20-12-00-00.db" + (compress ? ".gz" : ""));
        Assert.Equal([file], Directory.GetFiles(folder!, "backup-*"));
        if (compress)
            file = await UnpackAsync(file);
        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT (SELECT count(*) FROM metrics) || ' ' || (SELECT email FROM users) || ' ' || (SELECT * FROM "
            + "pragma_integrity_check)";
        Assert.Equal("2 ada.admin@example.com ok", command.ExecuteScalar());

        Assert.Equal(409, (await ada.PostAsync("/v0/server/backup", new { compress })).Status); // In the same second.
    }

    [Fact]
    public async Task A_backup_with_an_unusable_destination_is_refused()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");

        Assert.Contains(
            "data_store",
            (await Refused(ada, new { data_store = "aws_s3" })).Message,
            StringComparison.Ordinal
        );
        Assert.Contains("remove", (await Refused(ada, new { remove = true })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_root_answers_null_to_GET_and_405_to_other_methods()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var root = await server.GetAsync("/");

        Assert.Equal((200, "null"), (root.Status, root.Text));
        Assert.Equal(405, (await server.PostAsync("/", new { })).Status);
    }

    private static async Task<Reply> Refused(Client client, object body)
    {
        var reply = await client.PostAsync("/v0/server/backup", body);
        Assert.Equal(400, reply.Status);
        return reply;
    }

    private static async Task<string> UnpackAsync(string file)
    {
        var unpacked = file + ".unpacked";
        await using var source = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        await using var target = File.Create(unpacked);
        await source.CopyToAsync(target);
        return unpacked;
    }
}

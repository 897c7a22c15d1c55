using Microsoft.Data.Sqlite;
using Npgsql;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using SQLitePCL;

namespace Paddock.Server.Tests.Installation;

/// <summary>
/// The health endpoints for proxies and supervisors, and the responses to requests while the database is down.
/// </summary>
public sealed class HealthTests
{
    [Theory, EveryDatabase]
    public async Task A_working_server_is_live_and_ready(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);

        Assert.Equal("ok", (string)(await server.GetAsync("/health/live")).Expect(200)["status"]!);
        Assert.Equal("ok", (string)(await server.GetAsync("/health/ready")).Expect(200)["status"]!);
    }

    [Fact]
    public async Task A_server_without_its_database_is_live_but_not_ready_and_answers_503_until_it_is_back()
    {
        await using var owner = await TestServer.StartAsync(Engine.Postgres);
        var user = await owner.SignUpAsync("Ada Admin");
        // A connection to the database that can be cut.
        var way = Path.Combine(owner.DataFolder, "way");
        await using var server = await owner.StartAnotherAsync(options =>
            options with
            {
                Database = By(options.Database),
            }
        );
        var elsewhere = server.With(user.Token);
        (await elsewhere.GetAsync("/v0/users/ada-admin")).Expect(200);

        var folder = Directory.ResolveLinkTarget(way, returnFinalTarget: true)!.FullName;
        Directory.Delete(way);
        await owner.Database.ReadAsync(
            sql =>
                sql.AnyAsync(
                    $"""
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                    """
                ),
            CancellationToken.None
        );

        for (var i = 0; i < 3; i++)
        {
            var refused = await elsewhere.GetAsync("/v0/users/ada-admin");
            Assert.Equal(503, refused.Status);
            Assert.NotNull(refused.Headers.RetryAfter);
            Assert.Contains("database", refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal(200, (await server.GetAsync("/health/live")).Status);
        var unready = await server.GetAsync("/health/ready");
        Assert.Equal(503, unready.Status);
        Assert.Equal("database_away", (string)unready.Json["status"]!);
        Assert.NotNull(unready.Headers.RetryAfter);

        Directory.CreateSymbolicLink(way, folder);
        (await elsewhere.GetAsync("/v0/users/ada-admin")).Expect(200);

        string By(string connectionString)
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString);
            Directory.CreateSymbolicLink(way, builder.Host!);
            builder.Host = way;
            return builder.ToString();
        }
    }

    [Theory]
    [InlineData(PostgresErrorCodes.TooManyConnections, true)]
    [InlineData(PostgresErrorCodes.AdminShutdown, true)]
    [InlineData(PostgresErrorCodes.CannotConnectNow, true)]
    [InlineData(PostgresErrorCodes.UndefinedColumn, false)]
    public void An_error_is_an_outage_only_when_the_database_is_unavailable(string state, bool isOutage)
    {
        var failure = new PostgresException("no", "FATAL", "FATAL", state);

        Assert.Equal(isOutage, Outage.Of(failure) is not null);
        Assert.Equal(isOutage, Outage.Of(new InvalidOperationException("around", failure)) is not null);
    }

    [Theory]
    [InlineData(raw.SQLITE_FULL, 507)]
    [InlineData(raw.SQLITE_IOERR, 503)]
    [InlineData(raw.SQLITE_READONLY, 503)]
    [InlineData(raw.SQLITE_CORRUPT, 500)]
    [InlineData(raw.SQLITE_NOTADB, 500)]
    [InlineData(raw.SQLITE_CONSTRAINT, null)]
    public void Disk_errors_of_the_embedded_database_are_outages(int code, int? status) =>
        Assert.Equal(status, Outage.Of(new SqliteException("no", code))?.Status);

    [Fact]
    public void Full_disks_failed_disks_and_exhausted_memory_are_outages()
    {
        Assert.Equal(Outage.FullDisk, Outage.Of(new IOException("No space left on device", hresult: 28)));
        Assert.Equal(Outage.FailedDisk, Outage.Of(new IOException("Read-only file system", hresult: 30)));
        Assert.Equal(Outage.OfMemory, Outage.Of(new InsufficientMemoryException()));
        Assert.Null(Outage.Of(new FileNotFoundException()));
    }

    [Fact]
    public async Task A_full_database_answers_507_still_serves_reads_and_recovers_when_space_is_freed()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var user = await server.SignUpAsync("Ada Admin");
        await user.CreateProjectAsync("App");
        await user.RunAsync(new("app", Run.Latencies(("a", 1))));
        await RoomAsync(pages: 1); // SQLite keeps its present pages and gets no more.

        var refused = await user.PostAsync("/v0/run", Long().ToJson());

        Assert.Equal((507, true), (refused.Status, refused.Message.Contains("disk is full", StringComparison.Ordinal)));
        Assert.Equal(1, (await user.GetAsync("/v0/projects/app/reports")).TotalCount);
        await RoomAsync(pages: 1 << 20);
        await user.RunAsync(Long());
        Assert.Equal(2, (await user.GetAsync("/v0/projects/app/reports")).TotalCount);

        Run Long() => new("app", Run.Latencies([.. Enumerable.Range(0, 5000).Select(i => ($"benchmark {i}", 1.0))]));

        Task RoomAsync(int pages) =>
            server.Database.WriteAsync(sql => sql.NumberAsync($"PRAGMA max_page_count = {new Raw($"{pages}")}"));
    }
}

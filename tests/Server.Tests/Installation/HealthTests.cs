using Npgsql;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Tests.Installation;

/// <summary>What proxies and supervisors are told, and what requests are while the database is away.</summary>
public sealed class HealthTests
{
    [Theory, EveryDatabase]
    public async Task A_server_that_can_do_its_work_is_live_and_ready(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);

        Assert.Equal("ok", (string)(await server.GetAsync("/health/live")).Expect(200)["status"]!);
        Assert.Equal("ok", (string)(await server.GetAsync("/health/ready")).Expect(200)["status"]!);
    }

    [Fact]
    public async Task Without_its_database_a_server_is_live_and_not_ready_and_answers_503_until_it_is_back()
    {
        await using var owner = await TestServer.StartAsync(Engine.Postgres);
        var user = await owner.SignUpAsync("Ada Admin");
        // A way to the database that can be cut.
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
    public void Only_a_database_that_is_away_is_an_outage(string state, bool isOutage)
    {
        var failure = new PostgresException("no", "FATAL", "FATAL", state);

        Assert.Equal(isOutage, Outage.Of(failure) is not null);
        Assert.Equal(isOutage, Outage.Of(new InvalidOperationException("around", failure)) is not null);
    }
}

using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Database;

public sealed class DatabaseClockTests
{
    [Fact]
    public async Task Servers_of_one_PostgreSQL_have_its_time()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var clock = server.Part<TimeProvider>();

        Assert.IsType<DatabaseClock>(clock);
        var before = await DatabaseTimeAsync();
        var now = clock.GetUtcNow();
        var after = await DatabaseTimeAsync();
        // Off by no more than half of the round trip of the look.
        Assert.InRange(now, before.AddSeconds(-1), after.AddSeconds(1));

        Task<DateTimeOffset> DatabaseTimeAsync() =>
            server.Database.ReadAsync(
                async sql =>
                    DateTimeOffset.FromUnixTimeMilliseconds(
                        await sql.NumberAsync($"SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)")
                    ),
                CancellationToken.None
            );
    }

    [Fact]
    public async Task The_embedded_database_has_the_time_of_its_machine()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        Assert.Same(TimeProvider.System, server.Part<TimeProvider>());
    }
}

using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Ground.Database;

public sealed class DatabaseClockTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_server_on_PostgreSQL_uses_the_database_clock()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var clock = Assert.IsType<DatabaseClock>(server.Part<TimeProvider>());

        var before = await TimeAsync(server);
        await clock.LookAsync(server.Database);
        var now = clock.GetUtcNow();
        var after = await TimeAsync(server);

        // Accurate to half the round trip of one query.
        Assert.InRange(now, before.AddSeconds(-1), after.AddSeconds(1));
    }

    [Fact]
    public async Task A_server_on_the_embedded_database_uses_the_system_clock()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        Assert.Same(TimeProvider.System, server.Part<TimeProvider>());
    }

    [Theory, InlineData(1), InlineData(-1)]
    public async Task A_wrong_machine_clock_does_not_change_the_servers_time(int direction)
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var clock = new DatabaseClock(new HandClock(DateTimeOffset.UtcNow + direction * Hour));
        var before = await TimeAsync(server);

        await clock.SetAsync(server.Database);

        Assert.InRange(clock.GetUtcNow(), before, await TimeAsync(server));
    }

    [Theory, InlineData(1), InlineData(-1)]
    public async Task A_server_with_a_wrong_clock_does_not_cancel_the_jobs_of_other_servers(int direction)
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var world = await JobWorld.MakeAsync(server);
        var healthy = await world.SubmitAsync();
        await using var runner = await world.ConnectAsync("Rig", slot: 0);
        var lease = (string)(await runner.TakeAsync())["lease"]!;
        await runner.AskAsync(new { @event = "running", lease }, "ack");
        var machine = new HandClock(DateTimeOffset.UtcNow + direction * Hour);
        await using var other = await server.StartAnotherAsync(
            options => options with { Jobs = options.Jobs with { WaitMax = Hour } },
            new DatabaseClock(machine)
        );
        // Only the other server cancels this job, in the same sweep that has looked for lost jobs before.
        var stale = await world.SubmitAsync();
        await server.Database.WriteAsync(sql =>
            sql.ExecuteAsync($"UPDATE jobs SET created = created - {7300} WHERE uuid = {stale}")
        );
        await server.Database.WriteAsync(sql =>
            sql.ExecuteAsync($"UPDATE jobs SET heartbeat = {DateTimeOffset.UtcNow} WHERE uuid = {healthy}")
        );

        // From now on, runners have had their time to reconnect.
        machine.Advance(TimeSpan.FromSeconds(90));

        await world.UntilAsync(stale, "canceled");
        Assert.Equal("running", await world.StatusAsync(healthy));
        await runner.AskAsync(new { @event = "heartbeat", lease }, "ack");
    }

    private static Task<DateTimeOffset> TimeAsync(TestServer server) =>
        server.Database.ReadAsync(
            async sql =>
                DateTimeOffset.UnixEpoch
                + TimeSpan.FromMicroseconds(
                    await sql.NumberAsync($"SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)")
                ),
            CancellationToken.None
        );
}

using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Database;

public sealed class IdTests
{
    private static readonly Raw Table = new("id_kinds");

    [Theory, EveryDatabase]
    public async Task An_id_is_stored_queried_and_read_as_its_number(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (head, none) = (new Id<Head>(7), (Id<Head>?)null);

        var (single, absent, listed, ordered) = await server.Database.WriteAsync(async sql =>
        {
            await sql.ScriptAsync($"CREATE TABLE {Table.Text} (id BIGINT PRIMARY KEY, head_id BIGINT)");
            await sql.ExecuteAsync($"INSERT INTO {Table} (id, head_id) VALUES ({new Id<Report>(1)}, {head})");
            await sql.ExecuteAsync($"INSERT INTO {Table} (id, head_id) VALUES ({new Id<Report>(2)}, {none})");
            await sql.InsertAllAsync(
                new NewRows(Table.Text, 2)
                    .With("id", [new Id<Report>(3), new Id<Report>(4)])
                    .With("head_id", new Id<Head>(long.MaxValue)),
                new("id"),
                row => row.Id<Report>()
            );
            IReadOnlyCollection<Id<Report>> some = new HashSet<Id<Report>> { new(1), new(4) };
            return (
                await sql.FirstAsync($"SELECT head_id FROM {Table} WHERE head_id = {head}", row =>
                    row.IdOrNull<Head>()
                ),
                await sql.FirstAsync($"SELECT head_id FROM {Table} WHERE id = 2", row => row.IdOrNull<Head>()),
                await sql.ListAsync($"SELECT id, head_id FROM {Table} WHERE id IN {some} ORDER BY id", row =>
                    (row.Id<Report>(), row.Id<Head>())
                ),
                await sql.ListAsync(
                    $"SELECT id FROM {Table} WHERE id NOT IN {new[] { new Id<Report>(2) }} ORDER BY id",
                    row => row.Id<Report>()
                )
            );
        });

        Assert.Equal(head, single);
        Assert.Null(absent);
        Assert.Equal([(new(1), head), (new(4), new(long.MaxValue))], listed);
        Assert.Equal([new(1), new(3), new(4)], ordered);
    }

    [Fact]
    public void An_id_is_formatted_as_its_number_in_the_requested_format()
    {
        var id = new Id<Organization>(255);

        Assert.Equal("255 ff", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{id} {id:x}"));
        Assert.Equal("255", id.ToString());
    }

    [Fact]
    public void An_id_cannot_be_serialized_as_JSON() =>
        Assert.Throws<NotSupportedException>(() => JsonSerializer.Serialize(new { Report = new Id<Report>(1) }));
}

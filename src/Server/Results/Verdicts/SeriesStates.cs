using Npgsql;
using NpgsqlTypes;
using Paddock.Core.Verdicts;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Verdicts;

/// <summary>
/// The states of series: what judging the next value needs. A state can always be made again from the metrics, so
/// whoever changes the past of a series only deletes its state.
/// </summary>
internal static class SeriesStates
{
    /// <summary>One query for all; a series whose state is missing or of another format is absent.</summary>
    public static async Task<Dictionary<long, SeriesState>> ReadAsync(Sql sql, IReadOnlyCollection<long> seriesIds)
    {
        var states = new Dictionary<long, SeriesState>(seriesIds.Count);
        await sql.ReadAllAsync([Query(seriesIds, states)]);
        return states;
    }

    /// <summary>The same as the query and the reader of its rows, to go with others in one round trip.</summary>
    public static (SqlText Text, Action<Row> Read) Query(
        IReadOnlyCollection<long> seriesIds,
        Dictionary<long, SeriesState> states
    )
    {
        return (SqlText.Of($"SELECT series_id, state FROM series_states WHERE series_id IN {seriesIds}"), Read);

        void Read(Row row)
        {
            var id = row.Long();
            if (SeriesState.Read(row.Bytes()) is { } state)
                states[id] = state;
        }
    }

    /// <summary>Writes the states of series of one branch, which the caller has locked.</summary>
    public static async Task WriteAsync(Sql sql, IReadOnlyCollection<(long SeriesId, SeriesState State)> states)
    {
        if (states.Count == 0)
            return;
        if (sql is PostgresSql postgres)
        {
            await using var command = new NpgsqlCommand(
                """
                INSERT INTO series_states (series_id, state) SELECT * FROM unnest(@ids, @states)
                ON CONFLICT (series_id) DO UPDATE SET state = excluded.state
                """,
                postgres.Connection
            );
            command.Parameters.Add(
                new("ids", NpgsqlDbType.Array | NpgsqlDbType.Bigint)
                {
                    Value = states.Select(s => s.SeriesId).ToArray(),
                }
            );
            command.Parameters.Add(
                new("states", NpgsqlDbType.Array | NpgsqlDbType.Bytea)
                {
                    Value = states.Select(s => s.State.Write()).ToArray(),
                }
            );
            await command.ExecuteNonQueryAsync();
            return;
        }
        ((SqliteSql)sql).ForEach(
            "INSERT INTO series_states (series_id, state) VALUES (?, ?) ON CONFLICT (series_id) DO UPDATE SET state "
                + "= excluded.state",
            states.OrderBy(s => s.SeriesId),
            (parameters, of) =>
            {
                parameters.Long(1, of.SeriesId);
                parameters.Any(2, of.State.Write());
            }
        );
    }

    /// <summary>Makes these states be made again from the metrics.</summary>
    public static Task ForgetAsync(Sql sql, IReadOnlyCollection<long> seriesIds) =>
        sql.ExecuteAsync($"DELETE FROM series_states WHERE series_id IN {seriesIds}");

    /// <summary>
    /// Forgets the states of all series that a report has values of, and of those that began from them.
    /// </summary>
    /// <remarks>The branch of the report is locked by the caller.</remarks>
    public static Task ForgetOfReportAsync(Sql sql, long reportId) =>
        sql.ExecuteAsync(
            $"""
            DELETE FROM series_states WHERE series_id IN (
                SELECT series.id FROM reports
                JOIN head_histories h ON h.source_head_id = reports.head_id AND reports.version_id BETWEEN h.version_min AND h.version_max
                JOIN series ON series.head_id = h.head_id AND series.testbed_id = reports.testbed_id
                WHERE reports.id = {reportId})
            """
        );
}

using Npgsql;
using NpgsqlTypes;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Verdicts;

/// <summary>
/// The states of series: the data needed to judge the next value. A state can always be rebuilt from the metrics, so
/// code that changes the past of a series only deletes its state.
/// </summary>
internal static class SeriesStates
{
    /// <summary>
    /// Loads the states in one query. A series whose state is missing or has another format is left out.
    /// </summary>
    public static async Task<Dictionary<long, SeriesState>> ReadAsync(
        Sql sql,
        IReadOnlyCollection<Id<Series>> seriesIds
    )
    {
        await sql.FlushAsync();
        var states = new Dictionary<long, SeriesState>(seriesIds.Count);
        await sql.ReadAllAsync([Query(seriesIds, states)]);
        return states;
    }

    /// <summary>The same as a query with the reader of its rows, to combine with others in one round trip.</summary>
    public static (SqlText Text, Action<Row> Read) Query(
        IReadOnlyCollection<Id<Series>> seriesIds,
        Dictionary<long, SeriesState> states
    )
    {
        return (SqlText.Of($"SELECT series_id, state FROM series_states WHERE series_id IN {seriesIds}"), Read);

        void Read(Row row)
        {
            var id = row.Id<Series>();
            if (SeriesState.Read(row.Bytes()) is { } state)
                states[id] = state;
        }
    }

    /// <summary>
    /// Returns the cached states that the last units judged by. The next unit need not read them and uses the same
    /// objects. States that are not cached have to be read.
    /// </summary>
    public static Dictionary<long, SeriesState> Known(Sql sql, IReadOnlyCollection<Id<Series>> seriesIds)
    {
        var states = new Dictionary<long, SeriesState>(seriesIds.Count);
        if (sql.Memory<KnownStates>() is not { } known)
            return states;
        foreach (var id in seriesIds)
            if (known.States.TryGetValue(id, out var state))
                states.Add(id, state);
        return states;
    }

    /// <summary>
    /// Writes the states of series of one branch, which the caller has locked. If several units share a transaction, a
    /// state is written once for all of them.
    /// </summary>
    public static async Task WriteAsync(Sql sql, IReadOnlyCollection<(Id<Series> SeriesId, SeriesState State)> states)
    {
        if (states.Count == 0)
            return;
        if (sql.Memory<KnownStates>() is { } known)
        {
            if (known.States.Count + states.Count > KnownStates.Max)
            {
                await sql.FlushAsync(); // States dropped from the cache are read again.
                known.States.Clear();
            }
            foreach (var (id, state) in states)
                known.States[id] = state;
        }
        var unwritten = sql.PutOff<UnwrittenStates>();
        foreach (var (id, state) in states)
            unwritten.States[id] = state;
    }

    private static async Task WriteNowAsync(Sql sql, Dictionary<long, SeriesState> states)
    {
        if (sql is PostgresSql postgres)
        {
            await using var command = new NpgsqlCommand(
                """
                INSERT INTO series_states (series_id, state) SELECT * FROM unnest($1, $2)
                ON CONFLICT (series_id) DO UPDATE SET state = excluded.state
                """,
                postgres.Connection
            );
            command.Parameters.Add(
                new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint, Value = states.Keys.ToArray() }
            );
            command.Parameters.Add(
                new()
                {
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea,
                    Value = states.Values.Select(state => state.Write()).ToArray(),
                }
            );
            await command.ExecuteNonQueryAsync();
            return;
        }
        ((SqliteSql)sql).ForEach(
            "INSERT INTO series_states (series_id, state) VALUES (?, ?) ON CONFLICT (series_id) DO UPDATE SET state "
                + "= excluded.state",
            states.OrderBy(of => of.Key),
            (parameters, of) =>
            {
                parameters.Long(1, of.Key);
                parameters.Any(2, of.Value.Write());
            }
        );
    }

    private sealed class KnownStates
    {
        public const int Max = 8192; // Some 20 MB.

        public Dictionary<long, SeriesState> States { get; } = [];
    }

    private sealed class UnwrittenStates : IPutOff
    {
        public Dictionary<long, SeriesState> States { get; } = [];

        public Task WriteAsync(Sql sql) => WriteNowAsync(sql, States);
    }

    /// <summary>Deletes these states, so that they are rebuilt from the metrics.</summary>
    public static Task ForgetAsync(Sql sql, IReadOnlyCollection<Id<Series>> seriesIds) =>
        sql.ExecuteAsync($"DELETE FROM series_states WHERE series_id IN {seriesIds}");

    /// <summary>
    /// Deletes the states of all series with values from a report, and of the series that inherit them.
    /// </summary>
    /// <remarks>The caller has locked the branch of the report.</remarks>
    public static Task ForgetOfReportAsync(Sql sql, Id<Report> reportId) =>
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

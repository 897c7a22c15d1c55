using Npgsql;

namespace Paddock.Server.Database;

/// <summary>Many statements at once.</summary>
internal static class SqlBatch
{
    /// <summary>Runs each statement in turn, in one round trip where the engine has any, and reads the rows that they return.</summary>
    public static async Task<List<T>> EachAsync<T>(this Sql sql, IReadOnlyCollection<SqlText> texts, Func<Row, T> read)
    {
        var rows = new List<T>(texts.Count);
        if (texts.Count == 0) return rows;
        if (sql.Engine == Engine.Sqlite)
        {
            foreach (var text in texts) await sql.ReadAsync(text, row => { rows.Add(read(row)); return true; });
            return rows;
        }
        await using var batch = Batch(sql, texts);
        await using var reader = await batch.ExecuteReaderAsync();
        var row = new Row(reader);
        do
        {
            while (await reader.ReadAsync())
            {
                row.Rewind();
                rows.Add(read(row));
            }
        }
        while (await reader.NextResultAsync());
        return rows;
    }

    /// <summary>Runs each statement in turn, in one round trip where the engine has any.</summary>
    public static async Task ExecuteEachAsync(this Sql sql, IReadOnlyCollection<SqlText> texts)
    {
        if (texts.Count == 0) return;
        if (sql.Engine == Engine.Sqlite)
        {
            foreach (var text in texts) await sql.ExecuteAsync(text);
            return;
        }
        await using var batch = Batch(sql, texts);
        await batch.ExecuteNonQueryAsync();
    }

    private static NpgsqlBatch Batch(Sql sql, IReadOnlyCollection<SqlText> texts)
    {
        var batch = new NpgsqlBatch((NpgsqlConnection)sql.Connection);
        foreach (var text in texts)
        {
            var command = new NpgsqlBatchCommand(text.For(sql.Engine));
            for (var i = 0; i < text.Arguments.Count; i++) command.Parameters.Add(Sql.Parameter(Sql.Name(i), text.Arguments[i]));
            batch.BatchCommands.Add(command);
        }
        return batch;
    }
}

using System.Data;
using Npgsql;

namespace Paddock.Server.Database;

/// <summary>A PostgreSQL database, which any number of servers may share.</summary>
internal sealed class PostgresDb : Db
{
    private const int Attempts = 8;
    private readonly NpgsqlDataSource source;

    public PostgresDb(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 200, AutoPrepareMinUsages = 2, NoResetOnClose = true };
        source = NpgsqlDataSource.Create(builder);
        using var connection = source.OpenConnection();
        Migrations.Apply(new PostgresSql(connection, writes: true));
    }

    public override Engine Engine => Engine.Postgres;

    public override async Task<T> ReadAsync<T>(Func<Sql, Task<T>> work, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        return await work(new PostgresSql(connection, writes: false));
    }

    public override async Task<T> WriteAsync<T>(Func<Sql, Task<T>> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var connection = await source.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
            try
            {
                var result = await work(new PostgresSql(connection, writes: true));
                await transaction.CommitAsync();
                return result;
            }
            catch (PostgresException e) when (attempt < Attempts && IsRace(e.SqlState))
            {
                // Somebody else was first: the next attempt sees what they wrote.
            }
        }
    }

    public override ValueTask DisposeAsync() => source.DisposeAsync();

    private static bool IsRace(string state) =>
        state is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation;
}

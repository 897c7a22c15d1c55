using System.Globalization;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Database.Plans;

/// <summary>
/// Copies the content of a database many times under other keys. One project is then a small part of each table, so the
/// planner no longer chooses plans that are fast only on small tables.
/// </summary>
internal static class ManyProjects
{
    /// <summary>The distance between a key and its copies; no test's table has as many rows.</summary>
    public const long KeyStep = 10_000_000;

    // Each table comes after those it refers to.
    private static readonly string[] Tables =
    [
        "organizations",
        "projects",
        "branches",
        "heads",
        "versions",
        "head_histories",
        "testbeds",
        "benchmarks",
        "measures",
        "thresholds",
        "models",
        "reports",
        "report_verdicts",
        "jobs",
        "job_outputs",
        "series",
        "series_states",
        "metrics",
        "alerts",
        "changes",
        "change_series",
        "change_events",
        "plots",
        "plot_items",
        "audit",
    ];

    // Columns that refer to rows which are not copied.
    private static readonly HashSet<string> Shared =
    [
        "user_id",
        "creator_id",
        "runner_id",
        "only_runner_id",
        "spec_id",
        "output_id",
        "environment_id",
        "confirmation_id",
    ];

    private static readonly HashSet<string> Versions = ["version_min", "since", "proven", "decided", "located"];

    // Each copy is one day older than the previous one.
    private static readonly HashSet<string> Times =
    [
        "created",
        "modified",
        "claimed",
        "started",
        "completed",
        "heartbeat",
    ];

    public static Task CopyAsync(Db db, int times) =>
        db.WriteAsync(async sql =>
        {
            foreach (var table in Tables)
                await CopyAsync(sql, table, times);
        });

    private static async Task CopyAsync(Sql sql, string name, int times)
    {
        // On PostgreSQL metrics is a view.
        var table = name == "metrics" && sql.Engine == Engine.Postgres ? "metric_rows" : name;
        var columns = await ColumnsAsync(sql, table);
        var values = columns.Select(column => ValueOf(sql.Engine, name, column));
        var count = times.ToString(CultureInfo.InvariantCulture);
        await sql.ScriptAsync(
            $"""
            INSERT INTO {table} ({string.Join(", ", columns)})
            SELECT {string.Join(", ", values)}
            FROM {table} AS original
            CROSS JOIN (
                WITH RECURSIVE copies (copy) AS (SELECT 1 UNION ALL SELECT copy + 1 FROM copies WHERE copy < {count})
                SELECT copy FROM copies
            ) AS copies
            """
        );
    }

    private static string ValueOf(Engine engine, string table, string column)
    {
        var step = KeyStep.ToString(CultureInfo.InvariantCulture);
        return column switch
        {
            "uuid" when engine == Engine.Sqlite => "printf('%08x', copy) || substr(uuid, 9)",
            "uuid" => "lpad(to_hex(copy), 8, '0') || substr(uuid, 9)",
            "slug" when table is "organizations" or "projects" => "slug || '-' || copy",
            "key" or "lease" when table is "jobs" or "job_outputs" => $"{column} || '-' || copy",
            _ when Shared.Contains(column) => column,
            // A range without an end has the largest number.
            "version_max" => $"CASE WHEN version_max < {step} THEN version_max + copy * {step} ELSE version_max END",
            _ when column == "id" || column.EndsWith("_id", StringComparison.Ordinal) || Versions.Contains(column) =>
                $"{column} + copy * {step}",
            _ when Times.Contains(column) => $"{column} - copy * 86400",
            _ => column,
        };
    }

    private static Task<List<string>> ColumnsAsync(Sql sql, string table) =>
        sql.Engine == Engine.Sqlite
            ? sql.ListAsync($"SELECT name FROM pragma_table_info({table})", row => row.Text())
            : sql.ListAsync(
                $"""
                SELECT CAST(column_name AS TEXT) FROM information_schema.columns
                WHERE table_schema = 'public' AND table_name = {table} ORDER BY ordinal_position
                """,
                row => row.Text()
            );
}

namespace Paddock.Server.Ground.Database;

/// <summary>
/// Marks a cache that only holds facts about rows of catalogs and heads, and that is told separately when one of their
/// reports is deleted. Deleting series and reports does not invalidate it.
/// </summary>
internal interface IOutlivesReports;

/// <summary>
/// Decides which caches of units of work a DELETE invalidates. Uploads, outputs, sessions and mails are deleted all the
/// time, and no cache depends on them. A DELETE from a table not listed here invalidates every cache.
/// </summary>
internal static class Deletion
{
    private const string Start = "DELETE FROM ";

    private static readonly HashSet<string> Apart =
    [
        "address_changes",
        "audit",
        "blob_parts",
        "blobs",
        "browser_sessions",
        "ci_trusts",
        "ended_sessions",
        "job_outputs",
        "mails",
        "manifests",
        "names_ahead",
        "packed_points",
        "plot_items",
        "plots",
        "repository_blobs",
        "runner_labels",
        "sso_domains",
        "tags",
        "uploads",
        "webhooks",
    ];

    private static readonly HashSet<string> OfReports =
    [
        "mean_parts",
        "measure_verdicts",
        "metrics",
        "pair_values",
        "reports",
        "reruns",
        "series",
        "series_states",
        "versions",
    ];

    /// <summary>The tables that <see cref="LeavesAll"/> and <see cref="LeavesOutliving"/> know.</summary>
    public static IEnumerable<string> Known => Apart.Concat(OfReports);

    public static bool IsOne(string sql) => sql.StartsWith("DELETE", StringComparison.Ordinal);

    /// <summary>True when the deletion invalidates no cache.</summary>
    public static bool LeavesAll(string sql) => Apart.Contains(TableOf(sql));

    /// <summary>True when the deletion invalidates no cache that implements <see cref="IOutlivesReports"/>.</summary>
    public static bool LeavesOutliving(string sql) => LeavesAll(sql) || OfReports.Contains(TableOf(sql));

    private static string TableOf(string sql)
    {
        if (!sql.StartsWith(Start, StringComparison.Ordinal))
            return "";
        var end = Start.Length;
        while (end < sql.Length && (char.IsAsciiLetterLower(sql[end]) || sql[end] == '_'))
            end++;
        return sql[Start.Length..end];
    }
}

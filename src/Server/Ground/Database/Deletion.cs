namespace Paddock.Server.Ground.Database;

/// <summary>
/// Remembers only what belongs to rows of catalogs and heads, and is told by itself where a report of theirs goes.
/// Deleting series and reports leaves it right.
/// </summary>
internal interface IOutlivesReports;

/// <summary>
/// What a deletion makes units of work forget. Uploads, outputs, sessions and mails are deleted all the time, and
/// nothing that is remembered comes from them; what is not listed here makes them forget everything.
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

    /// <summary>Whether everything that is remembered stays right.</summary>
    public static bool LeavesAll(string sql) => Apart.Contains(TableOf(sql));

    /// <summary>Whether what is <see cref="IOutlivesReports"/> stays right.</summary>
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

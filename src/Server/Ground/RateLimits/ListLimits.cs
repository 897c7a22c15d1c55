using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.RateLimits;

/// <summary>The limit on a list that people add to by hand, with the setting that holds the maximum.</summary>
/// <param name="Setting">The name of the setting, like PADDOCK_WEBHOOKS_PER_PROJECT_MAX.</param>
/// <param name="Standard">The maximum when the setting is not set.</param>
/// <param name="Owner">The owner, as messages call it.</param>
/// <param name="Owners">The table that holds the owners.</param>
/// <param name="Things">The items of the list, in the plural.</param>
/// <param name="Table">The table that holds the list's rows.</param>
/// <param name="OwnerColumn">The column in the list's table with the owner's key.</param>
/// <param name="Remedy">The advice in the refusal on how to make room.</param>
internal sealed record ListLimit(
    string Setting,
    int Standard,
    string Owner,
    string Owners,
    string Things,
    string Table,
    string OwnerColumn,
    string Remedy = "Delete one first."
)
{
    /// <summary>A condition for the rows that belong to the list; null for every row.</summary>
    public string? Among { get; init; }

    /// <summary>
    /// A condition for the rows that count at a given time; null for every row. Of rows that no longer count, the
    /// newest are kept, as many as the maximum.
    /// </summary>
    public Func<DateTimeOffset, SqlText>? Counts { get; init; }
}

/// <summary>The maximum length of each list.</summary>
internal sealed record ListLimits
{
    private const int SettingMax = 1_000_000;

    private readonly Dictionary<string, int> given = [];

    public int MaxOf(ListLimit of) => given.GetValueOrDefault(of.Setting, of.Standard);

    /// <summary>Copies the limits with another maximum for one list.</summary>
    public ListLimits With(ListLimit of, int max)
    {
        var other = new ListLimits();
        foreach (var (setting, number) in given)
            other.given[setting] = number;
        other.given[of.Setting] = max;
        return other;
    }

    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    public static ListLimits FromEnvironment(IEnumerable<ListLimit> all, Func<string, string?> environment) =>
        all.Aggregate(new ListLimits(), (limits, one) =>
            limits.With(one, Setting.Number(one.Setting, environment, one.Standard, min: 1, SettingMax))
        );

    /// <summary>
    /// Ensures that the list has room for one more row. Called in the unit of work that inserts it. Locks the owner, so
    /// two units cannot take the last place at once.
    /// </summary>
    /// <exception cref="Refusal">The list is full.</exception>
    public async Task MakeRoomAsync(Sql sql, ListLimit of, long ownerId, DateTimeOffset now)
    {
        var (table, owners) = (new Raw(of.Table), new Raw(of.Owners));
        await sql.AnyAsync($"SELECT id FROM {owners} WHERE id = {ownerId}{sql.ForChangeOf(of.Owners)}");
        var among = of.Among is null ? SqlText.Empty : SqlText.Of($" AND {new Raw(of.Among)}");
        var list = SqlText.Of($"{new Raw(of.OwnerColumn)} = {ownerId}{among}");
        var max = MaxOf(of);
        var counts = of.Counts?.Invoke(now);
        var living = counts is null ? list : SqlText.Of($"{list} AND {counts}");
        if (await sql.NumberAsync($"SELECT count(*) FROM {table} WHERE {living}") >= max)
            throw Refusal.Conflict(
                $"The {of.Owner} has {max} {of.Things}, and {of.Setting} allows no more. {of.Remedy}"
            );
        if (counts is null)
            return;
        var ended = SqlText.Of($"{list} AND NOT ({counts})");
        if (await sql.NumberAsync($"SELECT count(*) FROM {table} WHERE {ended}") > max)
            await sql.ExecuteAsync(
                $"""
                DELETE FROM {table} WHERE {ended}
                  AND id <= (SELECT id FROM {table} WHERE {ended} ORDER BY id DESC LIMIT 1 OFFSET {max})
                """
            );
    }
}

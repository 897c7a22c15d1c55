using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.RateLimits;

/// <summary>A list that its owner makes longer by hand, with the setting that ends it.</summary>
/// <param name="Setting">The name of the setting, like PADDOCK_WEBHOOKS_PER_PROJECT_MAX.</param>
/// <param name="Standard">How many rows an owner may have when nothing is set.</param>
/// <param name="Owner">Who has the list, as it is called in a sentence.</param>
/// <param name="Owners">The table of the owners.</param>
/// <param name="Things">What the list holds, in the plural.</param>
/// <param name="Table">Where its rows are.</param>
/// <param name="OwnerColumn">The column of the table that holds the key of the owner.</param>
/// <param name="Remedy">How the owner makes room.</param>
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
    /// <summary>Which rows of the table belong to the list at all; null for every row.</summary>
    public string? Among { get; init; }

    /// <summary>
    /// Which rows still count, given the present time; null for every row. Of those that have ended, as many are kept
    /// as may count, the newest.
    /// </summary>
    public Func<DateTimeOffset, SqlText>? Counts { get; init; }
}

/// <summary>How long the lists of this server may get.</summary>
internal sealed record ListLimits
{
    private const int SettingMax = 1_000_000;

    private readonly Dictionary<string, int> given = [];

    public int MaxOf(ListLimit of) => given.GetValueOrDefault(of.Setting, of.Standard);

    /// <summary>The same, with another end of one list.</summary>
    public ListLimits With(ListLimit of, int max)
    {
        var other = new ListLimits();
        foreach (var (setting, number) in given)
            other.given[setting] = number;
        other.given[of.Setting] = max;
        return other;
    }

    /// <exception cref="FormatException">A setting is not as it should be; the message names it and what is
    /// allowed.</exception>
    public static ListLimits FromEnvironment(IEnumerable<ListLimit> all, Func<string, string?> environment) =>
        all.Aggregate(new ListLimits(), (limits, one) =>
            limits.With(one, Setting.Number(one.Setting, environment, one.Standard, min: 1, SettingMax))
        );

    /// <summary>
    /// Sees to it that the list has room for one more row, in the unit of work that inserts it. Two units cannot take
    /// the last place at once.
    /// </summary>
    /// <exception cref="Refusal">The list is as long as it may be.</exception>
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

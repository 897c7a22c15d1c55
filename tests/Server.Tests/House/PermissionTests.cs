using System.Text;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Tests.House;

/// <summary>
/// docs/permissions.md has a row for every route: its rule, and a real server's answer to each kind of caller.
/// <c>UPDATE_GOLDEN=1</c> rewrites the rows; review the difference.
/// </summary>
public sealed class PermissionTests
{
    private const string Heading = "## Every route and every caller";

    [Theory, EveryDatabase]
    public async Task Every_route_answers_every_caller_as_the_permissions_page_says(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Access = options.Access with { ApiKeyReadsPerMinute = 0, ApiKeyWritesPerMinute = 0 },
            }
        );
        var world = await PermissionWorld.MakeAsync(server);
        using var walk = new PermissionWalk(world);

        var rows = new List<string>();
        foreach (
            var (route, rule) in server
                .Rules.OrderBy(one => PathOf(one.Route), StringComparer.Ordinal)
                .ThenBy(one => one.Route, StringComparer.Ordinal)
        )
        {
            var cells = await Task.WhenAll(world.Callers.Select(caller => walk.CellAsync(route, rule, caller)));
            rows.Add($"| `{route}` | {rule.Who} | {string.Join(" | ", cells)} |");
        }
        var table = Head(world.Callers) + string.Join('\n', rows) + "\n";

        var file = Path.Combine(Repository, "docs", "permissions.md");
        var page = await File.ReadAllTextAsync(file);
        var (start, end) = Table(page);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            await File.WriteAllTextAsync(file, page[..start] + table + page[end..]);
        Assert.Equal(page[start..end].Split('\n'), table.Split('\n'));
    }

    /// <summary>
    /// Compares what a rule promises with the rows of the page: the rows come from answers, the rules from code.
    /// </summary>
    [Fact]
    public async Task The_permissions_page_lets_no_caller_in_whom_the_rule_excludes()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository, "docs", "permissions.md"));
        var (start, end) = Table(page);
        var lines = page[start..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var heads = Cells(lines[0]);
        var wrong = new List<string>();

        foreach (var row in lines.Skip(2).Select(Cells))
        foreach (var (head, cell) in heads.Zip(row).Skip(2))
            if (cell.Contains(PermissionWalk.LetIn, StringComparison.Ordinal) && IsKeptOut(row[1], head, row[0], cell))
                wrong.Add($"{row[0]}: {head} {cell}");

        Assert.True(lines.Length > 150, $"the table has only {lines.Length} lines");
        Assert.Empty(wrong);
    }

    private static bool IsKeptOut(string rule, string caller, string route, string cell)
    {
        var onPrivate = cell.Split(" / ")[^1] == PermissionWalk.LetIn;
        if (caller == "locked")
            return !rule.StartsWith("anybody", StringComparison.Ordinal)
                && !rule.StartsWith("a caller who knows", StringComparison.Ordinal);
        if (rule.StartsWith("an administrator", StringComparison.Ordinal))
            return caller != "admin";
        if (rule.StartsWith("the holder of PADDOCK_METRICS_TOKEN", StringComparison.Ordinal))
            return caller != "admin";
        if (rule.StartsWith("the runner itself", StringComparison.Ordinal))
            return caller != "runner's key";
        if (rule.Contains("'s key with the scope", StringComparison.Ordinal))
            return !caller.Contains("organization's key", StringComparison.Ordinal);
        if (rule.StartsWith("a member or administrator", StringComparison.Ordinal))
            return caller is not ("leader" or "leader's key" or "admin");
        if (rule.Contains("on the project", StringComparison.Ordinal))
            return onPrivate
                    && caller
                        is "anonymous"
                            or "outsider"
                            or "other project's key"
                            or "other organization's key"
                            or "runner's key"
                            or "its key without scopes here"
                    && (onPrivate || !rule.StartsWith("View", StringComparison.Ordinal))
                || rule.Contains("users only", StringComparison.Ordinal)
                    && caller.EndsWith("key", StringComparison.Ordinal)
                    && caller != "leader's key"
                || caller == "viewer" && !rule.StartsWith("View", StringComparison.Ordinal)
                || caller == "developer" && rule.StartsWith("Manage", StringComparison.Ordinal);
        return route.Length == 0;
    }

    private static string Head(IReadOnlyList<WalkCaller> callers) =>
        $"| Route | For | {string.Join(" | ", callers.Select(caller => caller.Kind))} "
        + $"|\n|---|---|{string.Concat(callers.Select(_ => "---|"))}\n";

    private static string[] Cells(string line) => [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];

    private static (int Start, int End) Table(string page)
    {
        var start = page.IndexOf(
            "| Route |",
            page.IndexOf(Heading, StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        var end = page.IndexOf("\n\n", start, StringComparison.Ordinal);
        return (start, end < 0 ? page.Length : end + 1);
    }

    private static string PathOf(string route) => route[route.IndexOf('/', StringComparison.Ordinal)..];

    private static string Repository
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Paddock.slnx")))
                folder = folder.Parent!;
            return folder.FullName;
        }
    }
}

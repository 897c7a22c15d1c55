using System.Globalization;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.House;

/// <summary>
/// Every JSON route of v0 sends X-Total-Count: for a list the number of matches on all pages, otherwise 1. The routes
/// come from the server's own OpenAPI document.
/// </summary>
public sealed class TotalCountTests
{
    [Theory, EveryDatabase]
    public async Task Lists_report_their_total_count_and_other_responses_report_one(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await PermissionWorld.MakeAsync(server);
        using var walk = new PermissionWalk(world);
        var document = (await world.Admin.GetAsync("/v0/server/spec")).Expect(200);
        var (wrong, lists, others) = (new List<string>(), 0, 0);
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            if (!path.StartsWith("/v0/", StringComparison.Ordinal) || operations!["get"] is not { } get)
                continue;
            if (get["responses"]?["200"]?["content"]?["application/json"]?["schema"] is not { } schema)
                continue;
            var address = await walk.AddressAsync("GET", path, world.Private);
            if ((string?)schema["type"] != "array")
            {
                var one = await world.Admin.GetAsync(address);
                if (one.Status != 200)
                    continue; // The world has no such thing.
                others++;
                if (one.TotalCount != 1)
                    wrong.Add($"{path}: {one.TotalCount}, and it is no list");
                continue;
            }
            lists++;
            var isPaged = (get["parameters"]?.AsArray() ?? []).Any(parameter =>
                (string?)parameter!["name"] == "per_page"
            );
            var all = await world.Admin.GetAsync(isPaged ? With(address, "per_page=255") : address);
            var count = (all.Expect(200) as JsonArray)!.Count;
            if (all.TotalCount != count)
                wrong.Add($"{path}: {all.TotalCount} for {count}");
            if (!isPaged)
                continue;
            var none = await world.Admin.GetAsync(With(address, "per_page=0"));
            if (none.TotalCount != count || none.Expect(200).AsArray().Count != 0)
                wrong.Add($"{path}: {none.TotalCount} for {count} on a page of none");
        }
        Assert.Equal([], wrong);
        Assert.True(lists > 20, string.Create(CultureInfo.InvariantCulture, $"only {lists} lists"));
        Assert.True(others > 20, string.Create(CultureInfo.InvariantCulture, $"only {others} other answers"));
    }

    private static string With(string address, string query) =>
        address + (address.Contains('?', StringComparison.Ordinal) ? '&' : '?') + query;
}

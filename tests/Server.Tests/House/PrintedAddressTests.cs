using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.House;

/// <summary>
/// Addresses that other software prints: command lines, pull request comments, mails and README files. Each leads to a
/// page, whether the project is public or private.
/// </summary>
public sealed class PrintedAddressTests
{
    private const int HopsMax = 4;

    [Theory, EveryDatabase]
    public async Task Every_printed_address_of_a_project_leads_to_a_page(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(
            new(project, Run.Latencies(("a", 1))) { Thresholds = Run.UpperThreshold("percentage", 0.5) }
        );
        var report = await ada.RunAsync(new(project, Run.Latencies(("a", 9))));
        using var member = await PageReader.SignInAsync(server, ada.Token);
        using var stranger = new PageReader(server.Address);
        string[] pages = [.. Pages(report)];
        List<string> lost = [];

        foreach (var page in pages)
        {
            await FollowAsync(stranger, $"/perf/{project}{page}");
            await FollowAsync(member, $"/perf/{project}{page}");
            await FollowAsync(member, $"/console/projects/{project}{page}");
        }
        await FollowAsync(member, $"/console/projects/{project}/thresholds/add");
        await FollowAsync(stranger, $"/v0/projects/{project}/perf/img?{Query(report)}");

        Assert.Equal([], lost);

        async Task FollowAsync(PageReader reader, string path)
        {
            if (await EndAsync(reader, path) is var status and not 200)
                lost.Add($"{path}: {status}");
        }
    }

    [Theory, EveryDatabase]
    public async Task Every_other_printed_address_leads_to_a_page(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var unclaimed = await server.RunAsync(
            new("free", Run.Latencies(("a", 1))) { Context = new JsonObject { ["bencher.dev/v0/repo/name"] = "Free" } }
        );
        var claim = unclaimed["project"]!["organization"];
        using var member = await PageReader.SignInAsync(server, ada.Token);
        using var stranger = new PageReader(server.Address);
        List<string> lost = [];

        foreach (
            var path in (string[])
                [
                    "/",
                    "/perf",
                    "/console",
                    "/console/projects",
                    $"/auth/signup?claim={claim}",
                    "/auth/signup",
                    "/auth/signup?invite=spent",
                    "/auth/login",
                    "/auth/login?invite=spent",
                    "/auth/confirm?token=spent",
                ]
        )
            if (await EndAsync(stranger, path) is var status and (404 or >= 500))
                lost.Add($"{path}: {status}");
        foreach (
            var path in (string[])
                [
                    "/console",
                    "/console/organizations",
                    "/console/organizations/ada-admin/projects",
                    "/console/organizations/ada-admin/members",
                    "/console/organizations/ada-admin/settings",
                    "/console/organizations/ada-admin/billing",
                    "/console/users/keys",
                    "/console/users/tokens",
                    "/console/users/settings",
                    "/console/users/help",
                    "/console/users/ada-admin/keys",
                    "/console/users/ada-admin/settings",
                ]
        )
            if (await EndAsync(member, path) is var status and not 200)
                lost.Add($"{path}: {status}");

        Assert.Equal([], lost);
    }

    private static IEnumerable<string> Pages(JsonNode report)
    {
        var (branch, testbed, alert) = (report["branch"]!, report["testbed"]!, report["alerts"]![0]!);
        var result = report["results"]![0]![0]!;
        var measure = result["measures"]![0]!;
        var threshold = measure["threshold"]!;
        yield return "";
        yield return $"?{Query(report)}";
        yield return $"?{Query(report)}&report={report["uuid"]}&lower_boundary=true&upper_boundary=true&tab=benchmarks";
        yield return $"/embed?{Query(report)}&embed_title=t&embed_header=false";
        yield return $"/reports/{report["uuid"]}";
        yield return $"/branches/{branch["slug"]}?head={branch["head"]!["uuid"]}";
        yield return $"/testbeds/{testbed["slug"]}";
        yield return $"/benchmarks/{result["benchmark"]!["slug"]}";
        yield return $"/measures/{measure["measure"]!["slug"]}";
        yield return $"/thresholds/{threshold["uuid"]}?model={threshold["model"]!["uuid"]}";
        yield return $"/alerts/{alert["uuid"]}";
        yield return $"/metrics/{measure["metric"]!["uuid"]}";
        foreach (
            var list in (string[])
                ["reports", "alerts", "thresholds", "branches", "testbeds", "benchmarks", "measures", "plots"]
        )
            yield return $"/{list}";
    }

    private static string Query(JsonNode report)
    {
        var result = report["results"]![0]![0]!;
        return $"branches={report["branch"]!["uuid"]}&heads={report["branch"]!["head"]!["uuid"]}"
            + $"&testbeds={report["testbed"]!["uuid"]}&specs=&benchmarks={result["benchmark"]!["uuid"]}"
            + $"&measures={result["measures"]![0]!["measure"]!["uuid"]}&start_time=0";
    }

    // The final status after following redirects.
    private static async Task<int> EndAsync(PageReader reader, string path)
    {
        for (var hops = 0; hops < HopsMax; hops++)
        {
            var reply = await reader.GetAsync(path, ("Accept", "text/html"));
            if (reply.Headers.Location is not { } to)
                return reply.Status;
            path = to.IsAbsoluteUri ? to.PathAndQuery : to.ToString();
        }
        return 508;
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Installation;

public sealed partial class MemoryBudgetTests
{
    private const long Budget = 256L << 20;
    private const int BrokenOff = 0;
    private const int Clients = 8;
    private const int MetricsEach = 2_000;

    [TheoryOfPublished, EveryDatabase]
    public async Task A_server_with_a_memory_budget_keeps_it_under_load_and_refuses_what_does_not_fit(Engine engine)
    {
        await using var server = await ServerProcess.StartAsync(
            engine,
            new Dictionary<string, string>
            {
                ["PADDOCK_MEMORY_MAX_BYTES"] = Budget.ToString(CultureInfo.InvariantCulture),
            }
        );
        using var anybody = new Client(server.Address, token: null);
        var user = await anybody.SignUpAsync("Ada Admin", server.Tokens);
        var project = await user.CreateProjectAsync("Demo");

        var statuses = await Task.WhenAll(
            Enumerable
                .Range(0, Clients)
                .Select(client =>
                    Task.Run(async () =>
                    {
                        var own = new List<int>();
                        for (var i = 0; i < 2; i++)
                        {
                            own.Add(await StatusAsync(() => user.PostAsync("/v0/run", Large(project, client))));
                            var list = $"/v0/projects/{project}/reports?per_page=20&expand=true";
                            own.Add(await StatusAsync(() => user.GetAsync(list)));
                        }
                        return own;
                    })
                )
        );

        Assert.All(statuses.SelectMany(own => own), status =>
            Assert.Contains(status, (int[])[200, 201, 503, BrokenOff])
        );
        Assert.Contains(201, statuses.SelectMany(own => own));
        var peak = long.Parse(
            Peak().Match(await File.ReadAllTextAsync($"/proc/{server.Id}/status")).Groups[1].ValueSpan,
            CultureInfo.InvariantCulture
        );
        Assert.True(peak << 10 <= Budget, $"the server used {peak >> 10} of {Budget >> 20} MiB");
        Assert.Equal(200, (await user.GetAsync($"/v0/projects/{project}/reports?per_page=1")).Status);
    }

    // A long answer that has begun can only be broken off.
    private static async Task<int> StatusAsync(Func<Task<Reply>> ask)
    {
        try
        {
            return (await ask()).Status;
        }
        catch (HttpRequestException e) when (e.InnerException is IOException)
        {
            return BrokenOff;
        }
    }

    private static JsonObject Large(string project, int client)
    {
        var values = Enumerable.Range(0, MetricsEach).Select(i => ($"benchmark {i}", 1000.0 + i));
        return new Run(project, Run.Latencies([.. values])) { Branch = $"branch-{client}" }.ToJson();
    }

    [GeneratedRegex(@"VmHWM:\s+(\d+)")]
    private static partial Regex Peak();
}

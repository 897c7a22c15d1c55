using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Machines.Fleet;

/// <summary>
/// The responses of the fleet API have exactly the documented keys, in order and with their types. New keys may only be
/// added at the end.
/// </summary>
public sealed class FleetContractTests
{
    private static readonly (string Key, JsonValueKind Kind)[] RunnerKeys =
    [
        ("id", JsonValueKind.Number),
        ("name", JsonValueKind.String),
        ("status", JsonValueKind.String),
        ("version", JsonValueKind.String),
        ("os", JsonValueKind.String),
        ("arch", JsonValueKind.String),
        ("labels", JsonValueKind.Array),
        ("pod_count", JsonValueKind.Number),
        ("max_pods", JsonValueKind.Number),
        ("last_heartbeat_at", JsonValueKind.String),
        ("created_at", JsonValueKind.String),
    ];

    private static readonly (string Key, JsonValueKind Kind)[] PodKeys =
    [
        ("key", JsonValueKind.String),
        ("status", JsonValueKind.String),
        ("agent_type_id", JsonValueKind.String),
        ("initial_prompt", JsonValueKind.String),
        ("created_at", JsonValueKind.String),
    ];

    [Theory]
    [EveryDatabase("")]
    [EveryDatabase("/api/v1/ext/orgs/ada-admin")]
    public async Task Runners_are_returned_as_documented(Engine engine, string prefix)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectAsync(world.Ours);
        await world.ConnectAsync(world.Theirs);
        (
            await world.Admin.PatchAsync(
                $"/v0/runners/{world.Ours.Uuid}",
                new { labels = new[] { "high-memory", "gpu" }, slots = 10 }
            )
        ).Expect(200);
        var job = await world.SubmitAsync();
        await rig.TakeAsAsync("linux", "x86_64", "1.2.0");

        var all = (await world.Key.GetAsync(prefix + "/runners")).Expect(200);
        var one = (await world.Key.GetAsync($"{prefix}/runners/{world.Ours.Id}")).Expect(200);
        var available = (await world.Key.GetAsync(prefix + "/runners/available")).Expect(200);

        Assert.Equal(["runners"], Keys(all));
        Assert.Equal(["runner"], Keys(one));
        Assert.Equal(["runners"], Keys(available));
        Assert.Equal(
            [world.Ours.Id, world.Shared.Id],
            all["runners"]!.AsArray().Select(runner => (long)runner!["id"]!)
        );
        Assert.Empty(available["runners"]!.AsArray());
        AssertShape(RunnerKeys, one["runner"]!);
        AssertShape(RunnerKeys, all["runners"]![0]!);
        Assert.Equal(one["runner"]!.ToJsonString(), all["runners"]![0]!.ToJsonString());
        var rigNow = one["runner"]!;
        Assert.Equal("Rig", (string)rigNow["name"]!);
        Assert.Equal(
            ("busy", "1.2.0", "linux", "amd64"),
            ((string)rigNow["status"]!, (string)rigNow["version"]!, (string)rigNow["os"]!, (string)rigNow["arch"]!)
        );
        Assert.Equal(["gpu", "high-memory"], rigNow["labels"]!.AsArray().Select(label => (string)label!));
        Assert.Equal((1, 10), ((int)rigNow["pod_count"]!, (int)rigNow["max_pods"]!));
        Assert.Equal("2026-11-20T12:00:00Z", (string)rigNow["last_heartbeat_at"]!);
        Assert.Equal("2026-11-20T12:00:00Z", (string)rigNow["created_at"]!);
        Assert.Equal(job, (string)(await world.PodAsync(job))["job"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_runner_that_never_connected_is_returned_with_every_key(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);

        var runner = await world.RunnerAsync(world.Shared);

        Assert.Equal(RunnerKeys.Select(key => key.Key), Keys(runner).Take(RunnerKeys.Length));
        Assert.Null(runner["last_heartbeat_at"]);
        Assert.Equal(
            ("", "", "", "offline"),
            ((string)runner["version"]!, (string)runner["os"]!, (string)runner["arch"]!, (string)runner["status"]!)
        );
        Assert.Equal((0, 1), ((int)runner["pod_count"]!, (int)runner["max_pods"]!));
    }

    [Theory]
    [EveryDatabase("")]
    [EveryDatabase("/api/v1/ext/orgs/ada-admin")]
    public async Task Pods_of_a_runner_are_returned_as_documented(Engine engine, string prefix)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectAsync(world.Ours);
        var pool = await world.ConnectAsync(world.Shared);
        var job = await world.SubmitAsync();
        await rig.TakeAsync();
        await world.SubmitForOtherAsync();
        await pool.TakeAsync();
        await rig.AskAsync(new { @event = "running" }, "ack");

        var pods = (await world.Key.GetAsync($"{prefix}/runners/{world.Ours.Id}/pods")).Expect(200);

        Assert.Equal(["pods", "total", "limit", "offset"], Keys(pods));
        Assert.Equal((1, 50, 0), ((int)pods["total"]!, (int)pods["limit"]!, (int)pods["offset"]!));
        var pod = Assert.Single(pods["pods"]!.AsArray())!;
        AssertShape(PodKeys, pod);
        Assert.Matches("^pod-[a-z2-7]{16}$", (string)pod["key"]!);
        Assert.Equal(
            ("running", "benchmark", ""),
            ((string)pod["status"]!, (string)pod["agent_type_id"]!, (string)pod["initial_prompt"]!)
        );
        Assert.Equal(job, (string)pod["job"]!);
        Assert.Equal(
            pod.ToJsonString(),
            (await world.Key.GetAsync($"{prefix}/pods/{(string)pod["key"]!}")).Expect(200)["pod"]!.ToJsonString()
        );
    }

    [Theory, EveryDatabase]
    public async Task A_shared_runner_counts_all_pods_but_lists_only_those_of_the_callers_organization(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var pool = await world.ConnectAsync(world.Shared);
        await world.SubmitForOtherAsync();
        await pool.TakeAsync();

        Assert.Equal(1, (int)(await world.RunnerAsync(world.Shared))["pod_count"]!);
        var ours = (await world.Key.GetAsync($"/runners/{world.Shared.Id}/pods")).Expect(200);
        var theirs = (await world.OtherKey.GetAsync($"/runners/{world.Shared.Id}/pods")).Expect(200);
        Assert.Equal((0, 0), (ours["pods"]!.AsArray().Count, (int)ours["total"]!));
        Assert.Equal((1, 1), (theirs["pods"]!.AsArray().Count, (int)theirs["total"]!));
        Assert.Equal(404, (await world.Key.GetAsync($"/pods/{(string)theirs["pods"]![0]!["key"]!}")).Status);
        Assert.Equal(0, (int)(await world.Key.GetAsync("/pods")).Expect(200)["total"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_command_is_shown_only_to_keys_that_may_read_pods(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectAsync(world.Ours);
        await world.SubmitAsync();
        await rig.TakeAsync();
        var onlyRunners = await world.KeyAsync(world.Admin, "runners:read");
        var path = $"/runners/{world.Ours.Id}/pods";

        Assert.DoesNotContain("--secret", (await onlyRunners.GetAsync(path)).Text, StringComparison.Ordinal);
        var pod = (await world.Key.GetAsync(path)).Expect(200)["pods"]![0]!;
        Assert.Equal(["bench", "--secret"], pod["command"]!.AsArray().Select(part => (string)part!));
        Assert.Equal("fast-box", (string)pod["spec"]!);
    }

    private static IEnumerable<string> Keys(JsonNode json) => json.AsObject().Select(member => member.Key);

    private static void AssertShape((string Key, JsonValueKind Kind)[] wanted, JsonNode json) =>
        Assert.Equal(
            wanted,
            json.AsObject().Take(wanted.Length).Select(member => (member.Key, member.Value!.GetValueKind()))
        );
}

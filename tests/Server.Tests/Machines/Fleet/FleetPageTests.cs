using System.Text.RegularExpressions;
using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Machines.Fleet;

/// <summary>The operator's page and the page of keys, as a browser without JavaScript sees them.</summary>
public sealed partial class FleetPageTests
{
    [Theory, EveryDatabase]
    public async Task The_page_shows_each_machines_work_and_why_jobs_wait(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        using var browser = await PageReader.SignInAsync(world.Server, world.Admin.Token);
        var rig = await world.ConnectAsync(world.Ours);
        var running = await world.SubmitAsync();
        await rig.TakeAsync();
        var waits = await world.SubmitAsync();

        var page = await browser.GetAsync("/console/fleet");

        Assert.Equal(200, page.Status);
        Assert.Contains($"/console/projects/app/jobs/{running}", page.Text, StringComparison.Ordinal);
        Assert.Contains($"/console/projects/app/jobs/{waits}", page.Text, StringComparison.Ordinal);
        Assert.Contains("1 is busy, 1 is offline", page.Text, StringComparison.Ordinal);
        Assert.Contains("1 busy, 2 offline; 1 of 3 slots taken, 1 job waits.", page.Text, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task The_page_drains_resumes_and_cancels_only_with_the_proof_of_its_own_session(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        using var browser = await PageReader.SignInAsync(world.Server, world.Admin.Token);
        await world.ConnectAsync(world.Ours);
        var job = await world.SubmitAsync();
        var proof = Proof((await browser.GetAsync("/console/fleet")).Text);

        Assert.Equal(
            403,
            (
                await browser.PostAsync(
                    "/console/fleet/drain",
                    ("proof", "none"),
                    ("runner", "rig"),
                    ("reason", "new disk")
                )
            ).Status
        );
        Assert.Equal(
            400,
            (
                await browser.PostAsync("/console/fleet/drain", ("proof", proof), ("runner", "rig"), ("reason", " "))
            ).Status
        );
        Assert.Equal(
            303,
            (
                await browser.PostAsync(
                    "/console/fleet/drain",
                    ("proof", proof),
                    ("runner", "rig"),
                    ("reason", "new disk")
                )
            ).Status
        );
        Assert.Equal("new disk", (string?)(await world.RunnerAsync(world.Ours))["reason"]);
        Assert.Contains("new disk", (await browser.GetAsync("/console/fleet")).Text, StringComparison.Ordinal);
        Assert.Equal(
            303,
            (await browser.PostAsync("/console/fleet/resume", ("proof", proof), ("runner", "rig"))).Status
        );
        Assert.Null((await world.RunnerAsync(world.Ours))["reason"]);
        Assert.Equal(303, (await browser.PostAsync("/console/fleet/cancel", ("proof", proof), ("job", job))).Status);
        Assert.Equal("terminated", (string)(await world.PodAsync(job))["status"]!);
        Assert.Equal(409, (await browser.PostAsync("/console/fleet/cancel", ("proof", proof), ("job", job))).Status);
    }

    [Theory, EveryDatabase]
    public async Task The_page_is_refused_to_everybody_but_administrators(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        using var other = await PageReader.SignInAsync(world.Server, world.Other.Token);
        using var nobody = new PageReader(world.Server.Address);

        foreach (var path in new[] { "/console/fleet", "/console/fleet/events" })
        {
            Assert.Equal(403, (await other.GetAsync(path)).Status);
            Assert.Equal(302, (await nobody.GetAsync(path)).Status);
        }
        var proof = Proof((await other.GetAsync("/console/organizations/bob-other/api-keys")).Text);
        foreach (var act in new[] { "drain", "resume", "cancel" })
            Assert.Equal(
                403,
                (
                    await other.PostAsync(
                        $"/console/fleet/{act}",
                        ("proof", proof),
                        ("runner", "rig"),
                        ("reason", "x"),
                        ("job", Guid.Empty.ToString())
                    )
                ).Status
            );
    }

    [Theory, EveryDatabase]
    public async Task Leaders_create_list_and_revoke_API_keys_on_a_page(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        using var browser = await PageReader.SignInAsync(world.Server, world.Other.Token);
        const string path = "/console/organizations/bob-other/api-keys";
        var proof = Proof((await browser.GetAsync(path)).Text);

        Assert.Equal(404, (await browser.GetAsync("/console/organizations/ada-admin/api-keys")).Status);
        Assert.Equal(
            403,
            (await browser.PostAsync(path, ("proof", "none"), ("name", "A"), ("scope", "runners:read"))).Status
        );
        Assert.Equal(400, (await browser.PostAsync(path, ("proof", proof), ("name", "A"))).Status);
        var made = await browser.PostAsync(
            path,
            ("proof", proof),
            ("name", "Wall"),
            ("scope", "runners:read"),
            ("scope", "pods:read"),
            ("days", "30")
        );
        var key = KeyText.Match(made.Text).Value;
        (await world.Server.With(key).GetAsync("/pods")).Expect(200);
        var listed = await browser.GetAsync(path);
        Assert.Contains("Wall", listed.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(key, listed.Text, StringComparison.Ordinal);

        var uuid = (string)
            (await world.Other.GetAsync("/v0/organizations/bob-other/api-keys?search=Wall")).Expect(200)[0]!["uuid"]!;
        Assert.Equal(303, (await browser.PostAsync(path + "/revoke", ("proof", proof), ("key", uuid))).Status);
        Assert.Equal(401, (await world.Server.With(key).GetAsync("/pods")).Status);
    }

    private static string Proof(string html) => ProofField.Match(html).Groups[1].Value;

    [GeneratedRegex("name=\"proof\" value=\"([^\"]+)\"")]
    private static partial Regex ProofField { get; }

    [GeneratedRegex("paddock_api_[0-9A-Za-z]{30}")]
    private static partial Regex KeyText { get; }
}

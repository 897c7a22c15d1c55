using Paddock.Server.Access;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Jobs;
using Paddock.Server.Tests.Registry;

namespace Paddock.Server.Tests.Access;

/// <summary>Anonymous callers may do only what the settings allow.</summary>
public sealed class AnonymousTests
{
    private static readonly Dictionary<string, string> Context = new() { ["bencher.dev/v0/repo/name"] = "Free" };

    [Theory, EveryDatabase]
    public async Task A_job_requires_an_account_when_anonymous_jobs_are_off(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Access = options.Access with { AnonymousJobs = false },
            }
        );
        await server.SignUpAsync("Ada Admin");

        var refused = await PostAsync(server, job: new { image = "free:v1", spec = "any" });

        Assert.Equal(401, refused.Status);
        Assert.Contains("account", refused.Message, StringComparison.Ordinal);
        // The refused run has created nothing.
        Assert.Equal((0, 1), (await server.CountAsync("jobs"), await server.CountAsync("organizations")));
        (await PostAsync(server, job: null)).Expect(201); // Without a job, no account is needed.
    }

    [Theory, EveryDatabase]
    public async Task A_run_requires_an_account_when_anonymous_runs_are_off(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Access = options.Access with { AnonymousRuns = false },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");

        Assert.Equal(401, (await PostAsync(server, job: null)).Status);
        Assert.Equal(0, await server.CountAsync("projects"));
        (await PostAsync(ada, job: null)).Expect(201);
    }

    [Theory, EveryDatabase]
    public async Task A_push_requires_an_account_when_anonymous_pushes_are_off(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine, with: options =>
            options with
            {
                Access = options.Access with { AnonymousPushes = false },
            }
        );
        await server.SignUpAsync("Ada Admin");
        using var nobodys = await Repository.OpenAsync(server.Address, "free", user: null, password: null);

        foreach (
            var (method, path) in new[]
            {
                ("POST", "blobs/uploads/"),
                ("PUT", $"blobs/uploads/?digest={Repository.Sha256([1])}"),
                ("POST", $"blobs/uploads/?mount={Repository.Sha256([1])}"),
            }
        )
            (await nobodys.SendAsync(method, path, [1])).Expect(401, "UNAUTHORIZED");
        (
            await nobodys.SendAsync(
                "PUT",
                "manifests/v1",
                Repository.Manifest([
                    [1],
                    [2],
                ]),
                Repository.ManifestType
            )
        ).Expect(401, "UNAUTHORIZED");
        Assert.Equal(0, await server.CountAsync("projects"));
    }

    [Theory, EveryDatabase]
    public async Task A_shared_runner_claims_anonymous_jobs_only_when_labeled_anybody(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        using (var nobodys = await Repository.OpenAsync(server.Address, "free", user: null, password: null))
            await nobodys.PushImageAsync("v1");
        var job = (string)
            (await PostAsync(server, job: new { image = "free:v1", spec = world.Spec })).Expect(201)["job"]!;
        var (name, key) = await world.CreateRunnerAsync("Rig");
        await using var runner = await TestRunner.ConnectAsync(server.Address, name, key);

        await runner.AskAsync(new { @event = "ready", poll_timeout = 1 }, "no_job");
        var waiting = (await server.GetAsync($"/v0/projects/free/jobs/{job}")).Expect(200);
        Assert.Equal("pending", (string?)waiting["status"]);
        Assert.Contains("jobs of unclaimed projects", (string?)waiting["reason"], StringComparison.Ordinal);

        (await world.Admin.PatchAsync($"/v0/runners/{name}", new { labels = new[] { "anybody" } })).Expect(200);
        Assert.Equal(job, (string?)(await runner.TakeAsync())["uuid"]);
    }

    [Theory, EveryDatabase]
    public async Task Sign_up_can_be_restricted_to_invitations_or_to_email_domains(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Access = options.Access with { SignUp = new(["example.com", "example.org"]) },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");

        Assert.Equal(202, await SignUpAsync(server, "org@EXAMPLE.org"));
        Assert.Equal(403, await SignUpAsync(server, "a@example.net"));
        Assert.Equal(403, await SignUpAsync(server, "a@sub.example.com"));
        Assert.Equal(403, await SignUpAsync(server, "a@badexample.com"));
        Assert.Equal(
            202,
            await SignUpAsync(server, "b@example.net", await server.InviteAsync(ada, ada.Slug, "b@example.net"))
        );
        Assert.Equal(403, await SignUpAsync(server, "c@example.net"));

        await using var closed = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Access = new() { SignUp = SignUpRule.ByInvitation },
            }
        );
        Assert.Equal(403, await SignUpAsync(closed, "ada@example.com"));
        Assert.Equal(
            403,
            (
                await new PageReader(closed.Address).PostAsync(
                    "/auth/signup",
                    ("name", "Eve"),
                    ("email", "eve@example.com"),
                    ("agree", "yes")
                )
            ).Status
        );
        Assert.Equal(0, await closed.CountAsync("users"));
    }

    private static async Task<int> SignUpAsync(Client client, string email, string? invite = null) =>
        (
            await client.PostAsync(
                "/v0/auth/signup",
                new
                {
                    name = "Somebody",
                    email,
                    i_agree = true,
                    invite,
                }
            )
        ).Status;

    private static Task<Reply> PostAsync(Client client, object? job) =>
        client.PostAsync(
            "/v0/run",
            new
            {
                project = "free",
                context = Context,
                start_time = "2026-01-01T00:00:00Z",
                end_time = "2026-01-01T00:00:01Z",
                results = Array.Empty<string>(),
                job,
            }
        );
}

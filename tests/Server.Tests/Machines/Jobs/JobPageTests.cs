using System.Net;
using System.Text.RegularExpressions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Registry;

namespace Paddock.Server.Tests.Machines.Jobs;

/// <summary>The pages of jobs: their content, and who may see it.</summary>
public sealed partial class JobPageTests
{
    private const string Secret = "hunter2";
    private const string Hostile = "\e[31m<script>alert(1)</script>\e[0m\r\nsecond\u0007 line";

    [Theory, EveryDatabase]
    public async Task The_page_shows_why_a_job_waits_and_then_its_output_and_machine(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync(
            new
            {
                image = JobWorld.Image,
                spec = world.Spec,
                cmd = new[] { "bench" },
                env = new { TOKEN = Secret },
            }
        );
        using var admin = await PageReader.SignInAsync(server, world.Admin.Token);
        var address = $"/perf/app/jobs/{uuid}";

        var waiting = (await admin.GetAsync(address)).Text;
        Assert.Contains("Waiting", waiting, StringComparison.Ordinal);
        Assert.Contains("No runner serves the spec", waiting, StringComparison.Ordinal);
        Assert.Contains($"data-events=\"{address}/events\"", waiting, StringComparison.Ordinal);

        await RunAsync(world, uuid, Run.Latencies(("a", 100)) + "\n", stderr: Hostile);
        var done = await admin.GetAsync(address);
        Assert.Contains("See the report", done.Text, StringComparison.Ordinal);
        Assert.Contains(
            "<script>alert(1)</script>\nsecond line",
            WebUtility.HtmlDecode(done.Text),
            StringComparison.Ordinal
        );
        Assert.Contains("Fast CPU 9000", done.Text, StringComparison.Ordinal);
        Assert.Contains("performance", done.Text, StringComparison.Ordinal);
        Assert.Contains("TOKEN", done.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, done.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("/live-", done.Text, StringComparison.Ordinal); // It has stopped following the output.
        Assert.Contains("href=\"/console/runners/rig\"", done.Text, StringComparison.Ordinal);
        var whole = await admin.GetAsync(address + "/output?iteration=0&part=stderr");
        Assert.Equal((200, Hostile), (whole.Status, whole.Text));
        Assert.Equal("default-src 'none'; sandbox", whole.Headers.GetValues("content-security-policy").Single());
        Assert.Equal(404, (await admin.GetAsync(address + "/output?iteration=7")).Status);

        var report = (
            await admin.GetAsync($"/perf/app/reports/{(string)(await world.JobAsync(uuid))["report"]!}")
        ).Text;
        Assert.Contains($"href=\"{address}\"", report, StringComparison.Ordinal);
        Assert.Contains("Fast CPU 9000", report, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task Outsiders_see_nothing_of_a_private_projects_jobs(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        (await world.Admin.PatchAsync("/v0/projects/app", new { visibility = "private" })).Expect(200);
        using var nobody = new PageReader(server.Address);
        using var outsider = await PageReader.SignInAsync(server, (await server.SignUpAsync("Eve Outsider")).Token);
        using var member = await PageReader.SignInAsync(server, world.Admin.Token);

        foreach (var root in (string[])["/perf/", "/console/projects/"])
        foreach (
            var rest in (string[])
                ["/jobs", "/jobs/events", $"/jobs/{uuid}", $"/jobs/{uuid}/events", $"/jobs/{uuid}/output"]
        )
        foreach (var reader in (PageReader[])[nobody, outsider])
        {
            var (hidden, missing) = (
                await reader.GetAsync(root + "app" + rest),
                await reader.GetAsync(root + "missing" + rest)
            );
            Assert.Equal((404, 404), (hidden.Status, missing.Status));
            Assert.Equal(missing.Text, hidden.Text);
        }
        // Redirects to the sign-in page.
        Assert.Equal(302, (await nobody.PostAsync($"/perf/app/jobs/{uuid}/cancel", ("proof", "x"))).Status);
        Assert.Equal(404, (await outsider.PostAsync($"/perf/app/jobs/{uuid}/cancel", ("proof", "x"))).Status);
        Assert.Equal("pending", await world.StatusAsync(uuid));
        Assert.Equal(
            (200, 200),
            (
                (await member.GetAsync("/console/projects/app/jobs")).Status,
                (await member.GetAsync($"/console/projects/app/jobs/{uuid}")).Status
            )
        );
    }

    [Theory, EveryDatabase]
    public async Task The_page_of_a_public_job_hides_its_command_and_its_runner_from_outsiders(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync(
            new
            {
                image = JobWorld.Image,
                spec = world.Spec,
                cmd = new[] { "unheard-of" },
            }
        );
        await RunAsync(world, uuid, Run.Latencies(("hidden-bench", 100)), stderr: "");
        using var nobody = new PageReader(server.Address);
        using var outsider = await PageReader.SignInAsync(server, (await server.SignUpAsync("Eve Outsider")).Token);

        foreach (var reader in (PageReader[])[nobody, outsider])
        {
            var page = (await reader.GetAsync($"/perf/app/jobs/{uuid}")).Text;
            Assert.Contains("Done", page, StringComparison.Ordinal);
            Assert.DoesNotContain("unheard-of", page, StringComparison.Ordinal);
            Assert.DoesNotContain(JobWorld.Digest, page, StringComparison.Ordinal);
            Assert.DoesNotContain("Rig", page, StringComparison.Ordinal);
            Assert.DoesNotContain("Rig", (await reader.GetAsync("/perf/app/jobs")).Text, StringComparison.Ordinal);
        }
        Assert.DoesNotContain(
            "hidden-bench",
            (await nobody.GetAsync($"/perf/app/jobs/{uuid}")).Text,
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "/auth/login?next=",
            (await nobody.GetAsync($"/perf/app/jobs/{uuid}/output")).Headers.GetValues("Location").Single(),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "hidden-bench",
            (await outsider.GetAsync($"/perf/app/jobs/{uuid}")).Text,
            StringComparison.Ordinal
        ); // As in the API: for any signed-in user.
    }

    [Theory, EveryDatabase]
    public async Task A_job_is_canceled_only_by_the_form_of_its_own_page(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var (uuid, outsider) = (await world.SubmitAsync(), await server.SignUpAsync("Eve Outsider"));
        using var member = await PageReader.SignInAsync(server, world.Admin.Token);
        using var other = await PageReader.SignInAsync(server, outsider.Token);
        var address = $"/perf/app/jobs/{uuid}";
        var proof = Proof().Match((await member.GetAsync(address)).Text).Groups[1].Value;
        Assert.DoesNotContain("Cancel this job", (await other.GetAsync(address)).Text, StringComparison.Ordinal);

        Assert.Equal(403, (await member.PostAsync(address + "/cancel")).Status);
        Assert.Equal(
            403,
            (await member.PostFromAsync("https://evil.example.com", address + "/cancel", ("proof", proof))).Status
        );
        Assert.Equal(403, (await other.PostAsync(address + "/cancel", ("proof", proof))).Status);
        Assert.Equal("pending", await world.StatusAsync(uuid));

        var canceled = await member.PostAsync(address + "/cancel", ("proof", proof));
        Assert.Equal((303, address), (canceled.Status, canceled.Headers.GetValues("Location").Single()));
        Assert.Equal("canceled", await world.StatusAsync(uuid));
        Assert.Equal(409, (await member.PostAsync(address + "/cancel", ("proof", proof))).Status);
    }

    [Theory, EveryDatabase]
    public async Task The_list_of_jobs_is_paged_and_filtered_by_address(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var jobs = new List<string>();
        for (var i = 0; i < 51; i++)
            jobs.Add(await world.SubmitAsync());
        (await world.Admin.PostAsync($"{world.Jobs}/{jobs[0]}/cancel", null)).Expect(200);

        var (first, second) = (await server.GetAsync("/perf/app/jobs"), await server.GetAsync("/perf/app/jobs?page=2"));
        Assert.Contains("1–50 of 51", WebUtility.HtmlDecode(first.Text), StringComparison.Ordinal);
        Assert.Contains("href=\"/perf/app/jobs?page=2\"", first.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(jobs[0], first.Text, StringComparison.Ordinal);
        Assert.Contains(jobs[0], second.Text, StringComparison.Ordinal);
        var canceled = await server.GetAsync("/perf/app/jobs?status=canceled");
        Assert.Contains(jobs[0], canceled.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(jobs[1], canceled.Text, StringComparison.Ordinal);
        Assert.Equal(
            (400, 400),
            (
                (await server.GetAsync("/perf/app/jobs?status=bad")).Status,
                (await server.GetAsync("/perf/app/jobs?page=x")).Status
            )
        );
        Assert.Contains(
            "The list has only 51.",
            (await server.GetAsync("/perf/app/jobs?page=9")).Text,
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase]
    public async Task The_list_shows_the_same_wait_reason_as_the_page_of_each_job(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var other = await world.CreateSpecAsync("Slow Box");
        await world.CreateRunnerAsync("Rig");
        string[] jobs =
        [
            await world.SubmitAsync(),
            await world.SubmitAsync(),
            await world.SubmitAsync(new { image = JobWorld.Image, spec = other }),
        ];

        var list = WebUtility.HtmlDecode((await server.GetAsync("/perf/app/jobs?status=pending")).Text);

        string[] reasons =
        [
            "The only runner of the spec \"Fast Box\" is offline. It is next in the queue.",
            "The only runner of the spec \"Fast Box\" is offline. One job is ahead of it.",
            "No runner serves the spec \"Slow Box\"; an administrator can add it to one.",
        ];
        for (var i = 0; i < jobs.Length; i++)
        {
            Assert.Equal(reasons[i], (string)(await world.JobAsync(jobs[i]))["reason"]!);
            Assert.Contains($"<span class=\"most\">{reasons[i]}</span>", list, StringComparison.Ordinal);
        }
    }

    [Theory, EveryDatabase]
    public async Task The_event_stream_of_a_page_sends_each_state_and_ends_with_the_job(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        var shown = State().Match((await server.GetAsync($"/perf/app/jobs/{uuid}")).Text).Groups[1].Value;
        using var reader = new StreamReader(await server.Http.GetStreamAsync($"/perf/app/jobs/{uuid}/events"));

        Assert.Equal($"\"{shown}\"", await NextAsync("state"));
        (await world.Admin.PostAsync($"{world.Jobs}/{uuid}/cancel", null)).Expect(200);
        var next = await NextAsync("state");
        Assert.NotEqual($"\"{shown}\"", next);
        Assert.Contains(
            $"data-state={next}",
            (await server.GetAsync($"/perf/app/jobs/{uuid}")).Text,
            StringComparison.Ordinal
        );
        await NextAsync("end");
        Assert.Null(await reader.ReadLineAsync() is "" ? await reader.ReadLineAsync() : "more");

        async Task<string> NextAsync(string name)
        {
            string? line;
            while (
                (line = await reader.ReadLineAsync()) is not null
                && !line.StartsWith("event:", StringComparison.Ordinal)
            ) { }
            Assert.Equal("event: " + name, line);
            return (await reader.ReadLineAsync())!["data: ".Length..];
        }
    }

    [Fact]
    public void A_long_text_is_shortened_to_its_end_from_the_beginning_of_a_line()
    {
        Assert.Equal("cc\ndd", OutputView.End("aa\nbb\ncc\ndd", 6));
        Assert.Equal("dd", OutputView.End("aa\nbb\ncc\ndd", 4));
        Assert.Equal("aaa", OutputView.End("aaaaaa", 3));
        Assert.Equal("", OutputView.End("\U0001F600", 1));
        Assert.Equal("", OutputView.End("text", 0));
        Assert.Equal("all", OutputView.End("all", 3));
        Assert.Equal("a\nb\nc\td", OutputView.Plain("\e[1ma\r\nb\rc\td\0\e[0m"));
    }

    [GeneratedRegex("name=\"proof\" value=\"([^\"]+)\"")]
    private static partial Regex Proof();

    [GeneratedRegex("data-state=\"([^\"]+)\"")]
    private static partial Regex State();

    [Theory, EveryDatabase]
    public async Task The_latest_output_of_a_running_job_is_shown_to_signed_in_users(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync(
            new
            {
                image = JobWorld.Image,
                spec = world.Spec,
                cmd = new[] { "bench" },
            }
        );
        var address = $"/perf/app/jobs/{uuid}";
        using var admin = await PageReader.SignInAsync(server, world.Admin.Token);
        using var stranger = new PageReader(server.Address);
        await using var runner = await world.ConnectAsync("Rig", slot: 0);
        var job = await runner.TakeAsync();
        Assert.Equal(5, (int)job["output_every"]!);
        var lease = (string)job["lease"]!;
        await runner.AskAsync(new { @event = "running", lease }, "ack");

        await runner.AskAsync(Wrote(lease, new string('x', 40_000) + "\n" + Hostile), "ack");
        var running = WebUtility.HtmlDecode((await admin.GetAsync(address)).Text);
        await runner.AskAsync(Wrote(Guid.NewGuid().ToString(), "foreign"), "ack");

        Assert.Contains("<script>alert(1)</script>\nsecond line", running, StringComparison.Ordinal);
        Assert.DoesNotContain("xxx", running, StringComparison.Ordinal); // Shown from the beginning of a line.
        Assert.DoesNotContain("second line", (await stranger.GetAsync(address)).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("foreign", (await admin.GetAsync(address)).Text, StringComparison.Ordinal);
        await runner.AskAsync(
            new
            {
                @event = "failed",
                job = uuid,
                lease,
                results = Array.Empty<object>(),
                error = "It broke.",
            },
            "ack"
        );
        Assert.DoesNotContain("second line", (await admin.GetAsync(address)).Text, StringComparison.Ordinal);
        Assert.False(
            await server.Database.ReadAsync(
                sql => sql.AnyAsync($"SELECT 1 FROM jobs WHERE tail IS NOT NULL"),
                CancellationToken.None
            )
        );

        static object Wrote(string lease, string output) =>
            new
            {
                @event = "heartbeat",
                lease,
                output,
            };
    }

    [Fact]
    public async Task The_page_of_a_job_with_many_long_file_names_stays_small()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        await using var runner = await world.ConnectAsync("Rig");
        await runner.TakeAsync();
        await runner.AskAsync(new { @event = "running" }, "ack");
        var results = Enumerable
            .Range(0, 6)
            .Select(_ => new
            {
                exit_code = 1,
                output = Enumerable.Range(0, 300).ToDictionary(i => new string('é', 1000) + i, _ => ""),
            });
        await runner.AskAsync(
            new
            {
                @event = "failed",
                job = uuid,
                results,
                error = "no",
            },
            "ack"
        );
        using var admin = await PageReader.SignInAsync(server, world.Admin.Token);

        var page = (await admin.GetAsync($"/perf/app/jobs/{uuid}")).Text;

        Assert.InRange(page.Length, 1000, 1 << 20);
        Assert.Contains("more files are not shown here", page, StringComparison.Ordinal);
    }

    private static async Task RunAsync(JobWorld world, string uuid, string stdout, string stderr)
    {
        await using var runner = await world.ConnectAsync("Rig");
        await runner.TakeAsync();
        await runner.AskAsync(new { @event = "running" }, "ack");
        await runner.AskAsync(
            new
            {
                @event = "completed",
                job = uuid,
                results = new[]
                {
                    new
                    {
                        exit_code = 0,
                        stdout,
                        stderr,
                    },
                },
                environment = new
                {
                    sandbox = "container",
                    cpu_model = "Fast CPU 9000",
                    governor = "performance",
                    turbo = false,
                    noise_score = 1.5,
                },
            },
            "ack"
        );
    }
}

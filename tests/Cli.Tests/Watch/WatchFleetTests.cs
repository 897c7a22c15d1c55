using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Watch;

/// <summary><c>paddock fleet --watch</c> against a real server, on a terminal and in a pipe.</summary>
public sealed class WatchFleetTests : IAsyncLifetime
{
    private const string Image = "app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private TestServer server = null!;
    private TestUser ada = null!;
    private string rig = "",
        key = "";

    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("App");
        (
            await ada.PostAsync(
                "/v0/specs",
                new
                {
                    name = "Box",
                    os = "linux",
                    architecture = "x86_64",
                    cpu = 2,
                    memory = 1L << 30,
                    disk = 1L << 30,
                }
            )
        ).Expect(201);
        var made = (await ada.PostAsync("/v0/runners", new { name = "Rig" })).Expect(201);
        (rig, key) = ((string)made["uuid"]!, (string)made["key"]!);
        (await ada.PostAsync($"/v0/runners/{rig}/specs", new { spec = "box" })).Expect(201);
    }

    public async Task DisposeAsync()
    {
        ada.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task The_screen_on_a_terminal_follows_the_fleet_and_its_keys_drain_resume_and_cancel()
    {
        using var screen = FollowedProgram.OnTerminal($"fleet --watch --host {server.Address} --token {ada.Token}");
        await screen.SeesAsync("1 offline; 0 of 1 slots taken, 0 waiting");
        await screen.SeesAsync("rig  offline: It has never connected.  0 of 1  box  everybody");

        await using var runner = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 0);
        await screen.SeesAsync("1 online; 0 of 1 slots taken");
        await runner.SendAsync(new { @event = "ready", poll_timeout = 900 });
        var (running, waiting) = (await SubmitAsync(), await SubmitAsync());
        await runner.ReceiveAsync("job");
        await screen.SeesAsync("1 busy; 1 of 1 slots taken, 1 waiting");
        await screen.SeesAsync($"└ app {running}, initializing for ");
        await screen.SeesAsync($"app {waiting}  box");

        await screen.PressAsync("d");
        await screen.SeesAsync("Reason to drain rig: ");
        await screen.PressAsync("new dish\u007fk\r");
        await screen.SeesAsync("rig finishes its jobs and gets no new ones.");
        Assert.Equal(
            "new disk",
            (string)(await ada.GetAsync($"/v0/runners/{rig}")).Expect(200)["maintenance"]!["reason"]!
        );
        await screen.PressAsync("r");
        await screen.SeesAsync("rig gets jobs again.");
        Assert.Null((await ada.GetAsync($"/v0/runners/{rig}")).Expect(200)["maintenance"]);

        await screen.PressAsync("j");
        await screen.PressAsync("\u001b[B");
        await screen.PressAsync("c");
        await screen.SeesAsync($"Cancel the job {waiting} of app? y or n");
        await screen.PressAsync("n");
        await screen.PressAsync("c");
        await screen.SeesAsync($"Cancel the job {waiting} of app? y or n");
        await screen.PressAsync("y");
        await screen.SeesAsync($"The job {waiting} is canceled.");
        Assert.Equal(
            "canceled",
            (string)(await ada.GetAsync($"/v0/projects/app/jobs/{waiting}")).Expect(200)["status"]!
        );
        await screen.PressAsync("q");
        Assert.Equal(0, await screen.EndAsync());
    }

    [Fact]
    public async Task The_tables_in_a_pipe_are_printed_again_after_each_change()
    {
        using var output = FollowedProgram.Piped(
            "fleet",
            "--watch",
            "--host",
            server.Address.ToString(),
            "--token",
            ada.Token
        );
        await output.SeesAsync("| rig    | offline: It has never connected. | 0 of 1 |");
        await output.SeesAsync("No job waits.");

        await SubmitAsync();
        await output.SeesAsync("One job waits:");
        await using var runner = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 0);
        await runner.TakeAsync();
        await output.SeesAsync("| rig    | busy   | 1 of 1 |");
        await output.SeesAsync("No job waits.");
    }

    [Fact]
    public async Task A_user_without_permission_cannot_watch_the_fleet()
    {
        using var bob = await server.SignUpAsync("Bob Other");

        var ended = await PaddockProgram.RunAsync([
            "fleet",
            "--watch",
            "--host",
            server.Address.ToString(),
            "--token",
            bob.Token,
        ]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal(2, (await PaddockProgram.RunAsync(["fleet", "--watch", "--json"])).ExitCode);
    }

    private async Task<string> SubmitAsync()
    {
        var run = new Paddock.Testing.Run("app") { Testbed = "box" }.ToJson();
        run["job"] = System.Text.Json.JsonSerializer.SerializeToNode(new { image = Image, spec = "box" });
        return (string)(await ada.PostAsync("/v0/run", run)).Expect(201)["job"]!;
    }
}

using System.Net.Http.Json;
using Microsoft.Extensions.Logging;
using Paddock.Server.Access;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Ground.Meters;

/// <summary>A collector receives the server's telemetry by OTLP.</summary>
public sealed class OtlpTests
{
    [Theory, EveryDatabase]
    public async Task A_run_on_a_runner_is_one_trace_from_its_sender_to_its_report(Engine engine)
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        const string Sender = "b7ad6b7169203331";
        await using var collected = await Collected.StartAsync();
        var clock = new HandClock();
        await using (var server = await StartAsync(engine, collected, clock))
        {
            var world = await JobWorld.MakeAsync(server);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v0/run");
            request.Headers.Add("traceparent", $"00-{Trace}-{Sender}-01");
            request.Content = JsonContent.Create(world.Run());
            using var accepted = await world.Admin.Http.SendAsync(request);
            accepted.EnsureSuccessStatusCode();
            var job = (string)(await world.Admin.GetAsync(world.Jobs)).Expect(200).AsArray().Single()!["uuid"]!;
            clock.Advance(TimeSpan.FromSeconds(5));
            await using var runner = await world.ConnectAsync("Rig");
            await runner.TakeAsync();
            clock.Advance(TimeSpan.FromSeconds(7));
            await runner.AskAsync(new { @event = "running" }, "ack");
            clock.Advance(TimeSpan.FromSeconds(30));
            await runner.AskAsync(JobLifeTests.Completed(job, Run.Latencies(("a", 1))), "ack");
            await world.UntilAsync(job, "processed");
        }

        var spans = collected.Spans(Trace).ToLookup(span => span.Name);
        var asked = spans["POST /v0/run"].Single();
        Assert.Equal(Sender, asked.Parent);
        Assert.Equal(asked.Id, spans["run is recorded"].Single().Parent);
        Assert.Equal(5, Seconds(spans["job waits"].Single()));
        Assert.Equal(7, Seconds(spans["job is prepared"].Single()));
        Assert.Equal(30, Seconds(spans["job runs"].Single()));
        Assert.NotEmpty(spans["results are recorded"]);
    }

    [Theory, EveryDatabase]
    public async Task Metrics_and_log_lines_are_exported_with_the_name_of_the_server(Engine engine)
    {
        await using var collected = await Collected.StartAsync();
        await using (var server = await StartAsync(engine, collected))
        {
            var ada = await server.SignUpAsync("Ada Admin");
            await ada.RunAsync(new Run(await ada.CreateProjectAsync("App"), Run.Latencies(("a", 1))));
            server.Part<ILoggerFactory>().CreateLogger("Paddock.Test").LogInformation("A line of the log.");
        }

        Assert.Contains("paddock.ingest.reports", collected.Texts("metrics"), StringComparison.Ordinal);
        Assert.Contains("A line of the log.", collected.Texts("logs"), StringComparison.Ordinal);
        foreach (var signal in new[] { "traces", "metrics", "logs" })
            Assert.Contains("a-server-of-the-test", collected.Texts(signal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_in_links_and_tokens_are_not_exported_to_the_collector()
    {
        await using var collected = await Collected.StartAsync();
        await using (
            var server = await TestServer.StartAsync(Engine.Sqlite, time: null, options =>
                options with
                {
                    Access = options.Access with { FirstAdmin = FirstAdminRule.Token },
                    Otlp = Otlp(collected.Address),
                }
            )
        )
        {
            (
                await server.PostAsync(
                    "/v0/auth/signup",
                    new
                    {
                        name = "Ada",
                        email = "ada@example.com",
                        i_agree = true,
                    }
                )
            ).Expect(202);
            server.Part<ILoggerFactory>().CreateLogger("Paddock.Test").LogInformation("A line of the log.");
        }

        var logs = collected.Texts("logs");
        Assert.Contains("A line of the log.", logs, StringComparison.Ordinal);
        Assert.DoesNotContain("ada@example.com", logs, StringComparison.Ordinal);
        Assert.DoesNotContain("token", logs, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_run_is_recorded_when_the_collector_is_down()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                Otlp = new(new("http://127.0.0.1:9"), IsGrpc: false, Headers: null, "away"),
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");

        await ada.RunAsync(new Run(await ada.CreateProjectAsync("App"), Run.Latencies(("a", 1))));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    public void An_invalid_setting_is_refused_with_its_name(string name, string value)
    {
        var refused = Assert.Throws<FormatException>(() =>
            OtlpOptions.FromEnvironment(asked => asked == name ? value : null)
        );

        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        Assert.Contains(value, refused.Message, StringComparison.Ordinal);
    }

    private static Task<TestServer> StartAsync(Engine engine, Collected collected, TimeProvider? time = null) =>
        TestServer.StartAsync(engine, time, options => options with { Otlp = Otlp(collected.Address) });

    private static OtlpOptions Otlp(Uri collector) =>
        new(collector, IsGrpc: false, Headers: null, "a-server-of-the-test");

    private static double Seconds(CollectedSpan span) => Math.Round((span.End - span.Start) / 1e9, 3);
}

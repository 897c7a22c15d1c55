using Paddock.Server.Ground.Database;
using static Paddock.Server.Tests.Results.Changes.Story;

namespace Paddock.Server.Tests.Results.Changes;

/// <summary>The event stream of a project sends its clients an event for each step in the life of a change.</summary>
public sealed class ChangeStreamTests
{
    private const string Path = "/v0/projects/demo/changes",
        Stream = Path + "/events";

    [Theory, EveryDatabase]
    public async Task The_stream_sends_an_event_when_a_change_is_proven_and_for_each_decision(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        using var events = await EventReader.OpenAsync(ada, Stream);
        await story.RunAsync(40, 100);
        await story.RunAsync(8, 135);
        var change = (string)(await ada.GetAsync(Path)).Expect(200)[0]!["uuid"]!;

        (await ada.PatchAsync($"{Path}/{change}", new { state = "accepted" })).Expect(200);
        (await ada.PatchAsync($"{Path}/{change}", new { note = "Known." })).Expect(200);
        (await ada.PatchAsync($"{Path}/{change}", new { state = "dismissed" })).Expect(200);

        foreach (
            var (kind, state) in ((string, string)[])
                [("proven", "open"), ("accepted", "accepted"), ("reopened", "dismissed"), ("dismissed", "dismissed")]
        )
        {
            var (name, data) = (await events.NextAsync())!.Value;
            Assert.Equal(("change", change), (name, (string)data["uuid"]!));
            Assert.Equal((kind, state), ((string)data["kind"]!, (string)data["state"]!));
        }
    }

    [Theory, EveryDatabase]
    public async Task The_stream_sends_returned_changes_and_no_changes_of_another_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        var other = new Story(ada, await ada.CreateProjectAsync("Other"));
        await story.RunAsync(40, 100);
        await story.RunAsync(8, 135);
        await other.RunAsync(40, 100);
        using var events = await EventReader.OpenAsync(ada, Stream);

        await other.RunAsync(8, 135);
        await story.RunAsync(12, 100);

        Assert.Equal("returned", (string)(await events.NextAsync())!.Value.Data["kind"]!);
    }

    [Fact]
    public async Task Servers_on_one_database_stream_each_others_changes()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        await using var elsewhere = await server.StartAnotherAsync();
        var (ada, story) = await BeginAsync(server);
        using var events = await EventReader.OpenAsync(elsewhere.With(ada.Token), Stream);

        await story.RunAsync(40, 100);
        await story.RunAsync(8, 135);

        Assert.Equal("proven", (string)(await events.NextAsync())!.Value.Data["kind"]!);
    }

    [Fact]
    public async Task Streams_beyond_the_limit_per_caller_are_refused()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                Limits = options.Limits with { WatchersPerCallerMax = 1 },
            }
        );
        var (ada, _) = await BeginAsync(server);
        using var first = await EventReader.OpenAsync(ada, Stream);

        var refused = await ada.GetAsync(Stream);

        Assert.Equal(429, refused.Status);
        Assert.Contains("PADDOCK_JOB_WATCHERS_PER_CALLER_MAX", refused.Text, StringComparison.Ordinal);
    }
}

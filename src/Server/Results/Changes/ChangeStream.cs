using System.Runtime.CompilerServices;
using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Signals;

namespace Paddock.Server.Results.Changes;

/// <summary>
/// Sends events about a project's changes as server-sent events: the change, what happened, and its current state. The
/// stream runs no queries.
/// </summary>
internal sealed class ChangeStream(ChangeWatch watch, TimeProvider time)
{
    private static readonly TimeSpan SignOfLifeEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan OpenMax = TimeSpan.FromMinutes(30);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var stream = ActivatorUtilities.CreateInstance<ChangeStream>(routes.ServiceProvider);
        routes.Get("/v0/projects/{project}/changes/events", OnProject.View, stream.OpenAsync).GivesEvents();
    }

    private Task<Answer> OpenAsync(Call call, ProjectRow project)
    {
        var watcher = watch.Open(project.Id);
        return Task.FromResult<Answer>(
            new EventStream(EventsAsync(watcher, call.Aborted), watcher, call.AdmitAgainAsync)
        );
    }

    private async IAsyncEnumerable<StreamEvent> EventsAsync(
        Watcher<Signal.Change> watcher,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var until = time.GetUtcNow() + OpenMax;
        while (time.GetUtcNow() < until && await watcher.NextAsync(SignOfLifeEvery, ct) is { } changes)
        {
            if (changes.Count == 0)
                yield return default;
            foreach (var change in changes)
                yield return new(
                    "change",
                    JsonSerializer.SerializeToUtf8Bytes(
                        new ChangeNews(change.Uuid, change.Kind, change.State),
                        Wire.Default.ChangeNews
                    )
                );
        }
    }
}

using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.Signals;

namespace Paddock.Server.Machines.Fleet;

/// <summary>Streams an event to open fleet overviews (page or terminal) when the overview has changed.</summary>
internal sealed class BoardStream(Db db, FleetBoard board, JobWatch watch)
{
    // No signal reports a runner that goes silent.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(2);

    public Answer Open(Call call) =>
        PageState.Stream(call, watch.Open(_ => true), LookAgainAfter, call.AdmitAgainAsync, async () =>
            (PageState.Of(await db.ReadAsync(sql => board.StateAsync(sql, call.Aborted), call.Aborted)), false)
        );
}

using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.Signals;

namespace Paddock.Server.Machines.Fleet;

/// <summary>Tells whoever has the operator's picture, on a page or a terminal, when it would be another one.</summary>
internal sealed class BoardStream(Db db, FleetBoard board, JobWatch watch)
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(2); // A runner goes silent without a word.

    public Answer Open(Call call) =>
        PageState.Stream(call, watch.Open(_ => true), LookAgainAfter, call.AdmitAgainAsync, async () =>
            (PageState.Of(await db.ReadAsync(sql => board.StateAsync(sql, call.Aborted), call.Aborted)), false)
        );
}

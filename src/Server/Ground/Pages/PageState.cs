using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Signals;

namespace Paddock.Server.Ground.Pages;

/// <summary>
/// The state that a page shows, as a short hash, and an event stream of the current state. The stream sends states, not
/// changes, so a missed event does no harm: the page's script reloads the page when its state differs.
/// </summary>
internal static class PageState
{
    /// <summary>How often lists poll for changes that no signal announces.</summary>
    private static readonly TimeSpan ListsLookAgainAfter = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan OpenMax = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan AtMostEvery = TimeSpan.FromMilliseconds(300);

    /// <param name="shown">Everything on the page that may change.</param>
    public static string Of(params IEnumerable<object?> shown) =>
        Convert.ToHexStringLower(
            SHA256
                .HashData(
                    Encoding.UTF8.GetBytes(
                        string.Join(
                            '\n',
                            shown.Select(part =>
                                Convert.ToString(part, System.Globalization.CultureInfo.InvariantCulture)
                            )
                        )
                    )
                )
                .AsSpan(0, 8)
        );

    /// <param name="stateAsync">Computes the current state; null if the page no longer exists. <c>IsLast</c> tells that
    /// the state is final.</param>
    /// <param name="patience">How long to wait for news before the state is polled.</param>
    /// <param name="stillMay">Checks again whether the caller has access; see <see cref="EventStream"/>.</param>
    public static Answer Stream(
        Call call,
        Watcher watcher,
        TimeSpan patience,
        Func<Task> stillMay,
        Func<Task<(string State, bool IsLast)?>> stateAsync
    ) => new EventStream(FollowAsync(watcher, patience, stateAsync, call.Aborted), watcher, stillMay);

    /// <summary>The same for a list, whose state is never final.</summary>
    public static Answer StreamList(Call call, Watcher watcher, Func<Task<string>> stateAsync) =>
        Stream(call, watcher, ListsLookAgainAfter, call.AdmitAgainAsync, async () =>
            (await stateAsync(), IsLast: false)
        );

    private static async IAsyncEnumerable<StreamEvent> FollowAsync(
        Watcher watcher,
        TimeSpan patience,
        Func<Task<(string State, bool IsLast)?>> stateAsync,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var (opened, last) = (System.Diagnostics.Stopwatch.GetTimestamp(), (string?)null);
        while (System.Diagnostics.Stopwatch.GetElapsedTime(opened) < OpenMax && await stateAsync() is { } found)
        {
            yield return found.State == last ? default : new("state", Encoding.UTF8.GetBytes($"\"{found.State}\""));
            last = found.State;
            if (found.IsLast)
            {
                yield return new("end", "null"u8.ToArray());
                yield break;
            }
            if (await watcher.NextAsync(patience, ct) is not { } news)
                yield break;
            if (news.Count > 0)
                await Task.Delay(AtMostEvery, ct); // One poll covers all events of the same moment.
        }
    }
}

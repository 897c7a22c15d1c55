using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Signals;

namespace Paddock.Server.Ground.Pages;

/// <summary>
/// Which state a page shows, as a short text, and the stream of events that says which one it would show now. The
/// stream tells states and not changes, so that nobody has to wonder what was missed: the script of a page loads it
/// again where the two differ.
/// </summary>
internal static class PageState
{
    /// <summary>How often lists look for what nobody tells.</summary>
    private static readonly TimeSpan ListsLookAgainAfter = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan OpenMax = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan AtMostEvery = TimeSpan.FromMilliseconds(300);

    /// <param name="shown">All that the page shows and that may change.</param>
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

    /// <param name="stateAsync">Null where there is no such page any more.</param>
    /// <param name="patience">How long after the last news it is looked again.</param>
    /// <param name="isLast">Whether nothing will become of a page in this state.</param>
    /// <param name="stillMay">See <see cref="EventStream"/>.</param>
    public static Answer Stream(
        Call call,
        Watcher watcher,
        TimeSpan patience,
        Func<Task> stillMay,
        Func<Task<(string State, bool IsLast)?>> stateAsync
    ) => new EventStream(FollowAsync(watcher, patience, stateAsync, call.Aborted), watcher, stillMay);

    /// <summary>The same for a list, which never ends.</summary>
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
                await Task.Delay(AtMostEvery, ct); // One look for all that happens at the same time.
        }
    }
}

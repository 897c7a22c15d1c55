using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using Paddock.Testing;

namespace Paddock.Bench;

/// <param name="Times">The time of each answer, sorted.</param>
internal sealed record LoadResult(IReadOnlyList<TimeSpan> Times, TimeSpan Took)
{
    public int Answers => Times.Count;
    public double PerSecond => Times.Count / Took.TotalSeconds;
}

/// <summary>Clients that each send one request after the other, on their own connection.</summary>
internal static class Load
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(500);

    public static async Task<TestUser> SignUpAsync(ServerProcess server)
    {
        using var nobody = new Client(server.Address, token: null);
        return await nobody.SignUpAsync("Ada Admin", server.Tokens);
    }

    /// <exception cref="InvalidOperationException">A report was not accepted.</exception>
    public static async Task<LoadResult> PostAsync(
        TestUser user,
        string path,
        int clients,
        TimeSpan duration,
        Func<int, ReportBody> body
    )
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = clients };
        using var http = new HttpClient(handler) { BaseAddress = user.Address, Timeout = TimeSpan.FromMinutes(2) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", user.Token);
        var bodies = Enumerable.Range(0, clients).Select(body).ToList(); // Built before the clock starts.
        var times = new ConcurrentBag<List<TimeSpan>>();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(
            bodies.Select(one => Task.Run(async () => times.Add(await ClientAsync(http, path, one, watch, duration))))
        );
        return new([.. times.SelectMany(list => list).Order()], watch.Elapsed - WarmUp);
    }

    private static async Task<List<TimeSpan>> ClientAsync(
        HttpClient http,
        string path,
        ReportBody body,
        Stopwatch watch,
        TimeSpan duration
    )
    {
        var times = new List<TimeSpan>();
        while (watch.Elapsed < WarmUp + duration)
        {
            var start = watch.Elapsed;
            using var content = new ByteArrayContent(body.Next());
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = await http.PostAsync(path, content);
            var text = await answer.Content.ReadAsByteArrayAsync();
            if (!answer.IsSuccessStatusCode)
                throw new InvalidOperationException(
                    $"{path} answered {(int)answer.StatusCode}: {System.Text.Encoding.UTF8.GetString(text)}"
                );
            if (start >= WarmUp)
                times.Add(watch.Elapsed - start);
        }
        return times;
    }
}

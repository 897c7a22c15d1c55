using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Testing;

namespace Paddock.Bench;

/// <summary>The time to push an image layer as clients do, and to pull it again.</summary>
internal static class Registry
{
    private const int LayerBytes = 256 << 20;
    private const int Rounds = 5;
    private const string Push = "registry/push";
    private const string Pull = "registry/pull";

    public static async Task MeasureAsync(Figures figures)
    {
        if (!figures.Wants(Push) && !figures.Wants(Pull))
            return;
        await using var server = await Published.ServerAsync(Engine.Sqlite);
        var user = await Load.SignUpAsync(server);
        var layer = new byte[LayerBytes];
        var (pushes, pulls) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            new Random(round).NextBytes(layer); // Differs in each round, so the server does not have the layer.
            var digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(layer));
            using var http = await SignInAsync(user);
            pushes.Add(await RateAsync(() => PushAsync(http, layer, digest)));
            pulls.Add(await RateAsync(() => PullAsync(http, digest)));
        }
        figures.AddRate(Push, pushes);
        figures.AddRate(Pull, pulls);
    }

    private static async Task<HttpClient> SignInAsync(TestUser user)
    {
        using var basic = new Client(user.Address, token: null);
        basic.Http.DefaultRequestHeaders.Authorization = new(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user.Email}:{user.Token}"))
        );
        JsonNode answer = (await basic.GetAsync("/v0/auth/oci/token?scope=repository:images:pull,push")).Expect(200);
        return new()
        {
            BaseAddress = user.Address,
            DefaultRequestHeaders = { Authorization = new("Bearer", (string)answer["token"]!) },
        };
    }

    // Uploads in one stream and finishes with a PUT, as common clients do.
    private static async Task PushAsync(HttpClient http, byte[] layer, string digest)
    {
        using var begun = (await http.PostAsync("/v2/images/blobs/uploads/", content: null)).EnsureSuccessStatusCode();
        using var content = new ByteArrayContent(layer)
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") },
        };
        using var brought = (await http.PatchAsync(begun.Headers.Location, content)).EnsureSuccessStatusCode();
        using var ended = (
            await http.PutAsync($"{brought.Headers.Location}?digest={digest}", content: null)
        ).EnsureSuccessStatusCode();
    }

    private static async Task PullAsync(HttpClient http, string digest)
    {
        await using var content = await http.GetStreamAsync($"/v2/images/blobs/{digest}");
        await content.CopyToAsync(Stream.Null, 1 << 20);
    }

    private static async Task<double> RateAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return LayerBytes / watch.Elapsed.TotalSeconds;
    }

    private static void AddRate(this Figures figures, string name, List<double> rates)
    {
        rates.Sort();
        figures.Add(
            name,
            $"{rates.At(0.5) / 1e6, 8:#,0} MB/s, of {Rounds} layers of {LayerBytes >> 20} MiB; from "
                + $"{rates[0] / 1e6:#,0} to {rates[^1] / 1e6:#,0}",
            ("throughput", new(rates.At(0.5), rates[0], rates[^1]))
        );
    }
}

using System.Text;

namespace Paddock.Torture.Members;

/// <summary>Pushes images, in one piece or in chunks.</summary>
internal sealed class Pusher(
    Func<Task<Repository>> open,
    Findings findings,
    int seed,
    Func<int, bool> isAllowed,
    int bytesMax = 100_000
) : Member
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMilliseconds(20);

    private readonly Random random = new(seed);
    private readonly List<(string Manifest, string Layer)> pushed = [];
    private Repository? repository;
    private int sequence;
    private int looked;

    public override (int Count, string Noun) Confirmed => (pushed.Count, "images");

    public override async Task StepAsync()
    {
        var layer = Repository.Content(1 + random.Next(bytesMax), seed + 1000 * ++sequence);
        var config = Encoding.UTF8.GetBytes($$"""{"seed":{{seed}},"sequence":{{sequence}}}""");
        var manifest = Repository.Manifest([config, layer]);
        var (inChunks, tries) = (random.Next(2) == 0, 0);
        while (tries++ < 2000)
        {
            if (
                await PushAsync(config, inChunks: false)
                && await PushAsync(layer, inChunks)
                && await SendAsync("PUT", $"manifests/v{sequence % 20}", manifest, Repository.ManifestType)
                    is { Status: 201 }
            )
            {
                pushed.Add((Repository.Sha256(manifest), Repository.Sha256(layer)));
                return;
            }
            await Task.Delay(AgainAfter);
        }
        findings.Add("an image could not be pushed in 2,000 tries");
    }

    public override async Task CheckAsync(bool all)
    {
        for (var i = all ? 0 : looked; i < pushed.Count; i++)
        {
            await LookAsync("manifests", pushed[i].Manifest);
            await LookAsync("blobs", pushed[i].Layer);
        }
        looked = pushed.Count;
    }

    /// <summary>Reads every layer from a server whose files were truncated.</summary>
    /// <returns>How many layers were refused or cut off; none may be complete but wrong.</returns>
    public async Task<int> LookAtCutAsync()
    {
        var refused = 0;
        foreach (var (_, layer) in pushed)
        {
            var reply = await SendAsync("GET", $"blobs/{layer}");
            if (reply is not { Status: 200 })
                refused++;
            else if (Repository.Sha256(reply.Body) != layer)
                findings.Add($"a blob whose file was cut was served as whole, with {reply.Body.Length} bytes");
        }
        return refused;
    }

    private async Task LookAsync(string what, string digest)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            if (await SendAsync("GET", $"{what}/{digest}") is { Status: 200 or 404 } reply)
            {
                if (reply.Status == 404)
                    findings.Add($"LOST: {what} {digest}");
                else if (Repository.Sha256(reply.Body) != digest)
                    findings.Add($"HALF THERE: {what} {digest} has {reply.Body.Length} bytes of something else");
                return;
            }
            await Task.Delay(AgainAfter);
        }
        findings.Add($"{what} {digest} could not be read");
    }

    private async Task<bool> PushAsync(byte[] content, bool inChunks)
    {
        var digest = Repository.Sha256(content);
        if (!inChunks)
            return await SendAsync("POST", $"blobs/uploads/?digest={digest}", content) is { Status: 201 };
        if (await SendAsync("POST", "blobs/uploads/") is not { Status: 202 } begun)
            return false;
        var half = content.Length / 2;
        return await SendAsync("PATCH", begun.Headers["Location"], content[..half]) is { Status: 202 } more
            && await SendAsync("PATCH", more.Headers["Location"], content[half..]) is { Status: 202 } last
            && await SendAsync("PUT", $"{last.Headers["Location"]}?digest={digest}") is { Status: 201 };
    }

    private async Task<OciReply?> SendAsync(string method, string path, byte[]? body = null, string? type = null)
    {
        try
        {
            repository ??= await open();
            var reply = await repository.SendAsync(method, path, body, type);
            if (reply.Status == 401)
                Leave();
            else if (!(reply.Status is < 300 or 404 or 503 || isAllowed(reply.Status)))
                findings.Add($"{method} of {path.Split('/')[0]} answered {reply.Status}: {reply.Text}");
            return reply;
        }
        catch (Exception e)
            when (e is HttpRequestException or TaskCanceledException or IOException or Xunit.Sdk.XunitException)
        {
            Leave();
            return null;
        }
    }

    private void Leave()
    {
        repository?.Dispose();
        repository = null;
    }
}

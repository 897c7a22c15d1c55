using Paddock.Server.Ground.Database;

namespace Paddock.Torture.Faults;

/// <summary>
/// Damages files that the server has written. The server must report the damage and serve nothing wrong.
/// </summary>
internal static class Damage
{
    private const int PageBytes = 4096;

    /// <summary>Overwrites random pages of the embedded database while the server is stopped.</summary>
    public static async Task<(int Times, string Outcome)> PagesAsync(
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn
    )
    {
        await using var ordeal = await Ordeal.BeginAsync(setup with { Engine = Engine.Sqlite }, findings);
        await ordeal.RoundAsync(() => Task.Delay(1500));
        await ordeal.Server.StopAsync();
        var file = Path.Combine(ordeal.Server.DataFolder, "paddock.db");
        var whole = await File.ReadAllBytesAsync(file);
        var (times, said, unmet, unstarted) = (0, 0, 0, 0);
        for (; goesOn(times); times++)
        {
            var damaged = (byte[])whole.Clone();
            for (var i = 0; i < 1 + ordeal.Random.Next(8); i++)
            {
                var page = damaged.AsSpan(
                    (1 + ordeal.Random.Next((whole.Length / PageBytes) - 1)) * PageBytes,
                    PageBytes
                );
                if (ordeal.Random.Next(2) == 0)
                    page.Clear();
                else
                    ordeal.Random.NextBytes(page);
            }
            await File.WriteAllBytesAsync(file, damaged);
            try
            {
                await ordeal.Server.StartAsync();
            }
            catch (InvalidOperationException e)
            {
                if (!e.Message.Contains("damaged", StringComparison.Ordinal))
                    findings.Add($"A damaged database: the start says {e.Message}");
                unstarted++;
                continue;
            }
            var met = new Findings();
            await ordeal.Crowd.LookAsync(met);
            ordeal.Server.Kill();
            foreach (var (text, _) in met.All)
                findings.Add($"A damaged database: {text}");
            var log = await ordeal.Server.LogAsync();
            if (log.Contains("damaged", StringComparison.Ordinal))
                said++;
            else
                unmet++;
            if (log.Contains(" at Paddock.", StringComparison.Ordinal))
                findings.Add($"A damaged database: the log has a stack: {log[..Math.Min(log.Length, 800)]}");
        }
        await File.WriteAllBytesAsync(file, whole);
        return (times, $"said in answers and log {said} times, at the start {unstarted}, not met {unmet}");
    }

    /// <summary>Truncates blob files while the server is stopped, and leaves half-written drafts beside them.</summary>
    public static async Task<(int Times, string Outcome)> BlobsAsync(
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn
    )
    {
        await using var ordeal = await Ordeal.BeginAsync(setup, findings);
        await ordeal.RoundAsync(() => Task.Delay(1000));
        var (times, cut) = (0, 0);
        for (; goesOn(times); times++)
        {
            ordeal.Server.Kill();
            var files = Directory.GetFiles(
                Path.Combine(ordeal.Server.DataFolder, "blobs", "registry"),
                "*",
                SearchOption.AllDirectories
            );
            var chosen = files[ordeal.Random.Next(files.Length)];
            var whole = await File.ReadAllBytesAsync(chosen);
            await File.WriteAllBytesAsync(chosen, whole[..ordeal.Random.Next(whole.Length)]);
            await File.WriteAllBytesAsync(chosen + ".part", whole[..(whole.Length / 2)]);
            await ordeal.Server.StartAsync();
            var refused = await ordeal.Crowd.LookAtImagesAsync();
            cut += refused;
            ordeal.Server.Kill();
            if (refused > 0 && !(await ordeal.Server.LogAsync()).Contains("is shorter than", StringComparison.Ordinal))
                findings.Add("a blob whose file was cut was refused, and the log does not say why");
            await File.WriteAllBytesAsync(chosen, whole);
            await ordeal.Server.StartAsync();
            await ordeal.Crowd.CheckAsync(all: false);
        }
        return (times, $"{cut} images were refused or cut off, none was served changed");
    }
}

using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Paddock.Runner.Images;
using Paddock.Runner.Native;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Sandbox.Container;

namespace Paddock.Bench;

/// <summary>The time that a runner adds to an OCI runtime, and how fast an image is pulled to its disk.</summary>
internal static class Containers
{
    private const int Runs = 40,
        Warm = 3,
        ImageMegabytes = 256;

    public static async Task MeasureAsync(Figures figures)
    {
        if (!figures.Wants("runner/start") && !figures.Wants("runner/pull"))
            return;
        if (!Environment.IsPrivilegedProcess)
        {
            Console.WriteLine($"{"runner", -40} not measured: run as root to measure it");
            return;
        }
        var folder = Directory.CreateTempSubdirectory("paddock-bench-").FullName;
        try
        {
            if (figures.Wants("runner/start"))
                await StartAsync(figures, folder);
            foreach (var compression in (string[])["gzip", "none"])
                if (figures.Wants($"runner/pull/{compression}"))
                    await PullAsync(
                        figures,
                        Directory.CreateDirectory(Path.Combine(folder, compression)).FullName,
                        compression
                    );
        }
        finally
        {
            Mounts.UnmountBelow(folder);
            Directory.Delete(folder, recursive: true);
        }
    }

    // Alternates with the bare runtime on the same configuration and a plain folder, so that both see the same machine
    // state.
    private static async Task StartAsync(Figures figures, string folder)
    {
        foreach (var (path, version) in await ContainerProbe.FindAsync(only: null, CancellationToken.None))
        {
            using var sandbox = new ContainerSandbox(
                path,
                version,
                init: null,
                Path.Combine(folder, "disks"),
                $"paddock-bench-{Environment.ProcessId}"
            );
            if (!(await sandbox.ProbeAsync(CancellationToken.None)).Ok)
                continue;
            var image = Directory.CreateDirectory(Path.Combine(folder, "image", "bin")).Parent!.FullName;
            File.Copy("/bin/busybox", Path.Combine(image, "bin", "true"), overwrite: true);
            var (ours, alone, shared, command, cleared) = (
                new List<TimeSpan>(),
                new List<TimeSpan>(),
                new List<TimeSpan>(),
                new List<TimeSpan>(),
                new List<TimeSpan>()
            );
            for (var run = 0; run < Runs + Warm; run++)
            {
                var bare = Order(folder, image, run, "bare");
                await File.WriteAllBytesAsync(
                    Path.Combine(bare.Scratch, "config.json"),
                    Bundle.Write(bare, image, $"/paddock-bench-bare/{bare.Id}", init: null, "/etc/hosts")
                );
                var watch = Stopwatch.StartNew();
                using (var process = Process.Start(path, ["run", "--bundle", bare.Scratch, bare.Id]))
                    await process.WaitForExitAsync();
                var least = watch.Elapsed;

                watch.Restart();
                var result = await sandbox.RunAsync(Order(folder, image, run, "ours"), CancellationToken.None);
                var whole = watch.Elapsed;
                await sandbox.Settled; // Cleanup must not disturb the next run.
                var end = watch.Elapsed;
                if (result is not { Ending: Ending.Exited, ExitCode: 0 })
                    throw new InvalidOperationException(
                        $"The container ended with {result.Sentence ?? result.ExitCode.ToString()}."
                    );

                // Without user namespaces, so with this machine's users, as on kernels that lack them.
                var own = sandbox.WithoutUsers;
                sandbox.WithoutUsers = "it is measured without";
                var began = Stopwatch.StartNew();
                await sandbox.RunAsync(Order(folder, image, run, "shared"), CancellationToken.None);
                var without = began.Elapsed;
                await sandbox.Settled;
                sandbox.WithoutUsers = own;
                if (run < Warm)
                    continue;
                shared.Add(without);
                ours.Add(whole);
                alone.Add(least);
                command.Add(result.Duration);
                cleared.Add(end);
            }
            foreach (var list in (List<TimeSpan>[])[ours, alone, shared, command, cleared])
                list.Sort();
            var name = Path.GetFileName(path);
            figures.Add(
                $"runner/start/{name}",
                $"p50 {ours.At(0.5).Ms()}, p99 {ours.At(0.99).Ms()}, {ours.At(0.5) / alone.At(0.5):0.00} times {name} "
                    + $"alone; of this the command {command.At(0.5).Ms()}; the next can start after "
                    + $"{cleared.At(0.5).Ms()}, {cleared.At(0.5) / alone.At(0.5):0.00} times",
                ("latency", Metric.Latency(ours))
            );
            figures.Add(
                $"runner/start/{name} alone",
                $"p50 {alone.At(0.5).Ms()}, p99 {alone.At(0.99).Ms()}",
                ("latency", Metric.Latency(alone))
            );
            figures.Add(
                $"runner/start/{name} without user namespaces",
                $"p50 {shared.At(0.5).Ms()}, p99 {shared.At(0.99).Ms()}; with them "
                    + $"{ours.At(0.5) / shared.At(0.5):0.00} times as long",
                ("latency", Metric.Latency(shared))
            );
        }
    }

    private static SandboxRun Order(string folder, string image, int run, string kind) =>
        new()
        {
            Id = $"bench-{kind}-{run}",
            Root = image,
            Layers = [image],
            Scratch = Directory.CreateDirectory(Path.Combine(folder, $"{kind}-{run}")).FullName,
            Command = ["/bin/true"],
            Environment = new Dictionary<string, string> { ["PATH"] = "/bin" },
            WorkingDirectory = "/",
            Limits = new(1, 512 << 20, 10L << 30, Network: false),
            Timeout = TimeSpan.FromSeconds(60),
        };

    private static async Task PullAsync(Figures figures, string folder, string compression)
    {
        var (manifest, blobs, unpacked, travelling) = Image(compression);
        await using var registry = await ServeAsync(blobs);
        var address = registry
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.Single();
        using var http = new HttpClient();
        var times = new List<TimeSpan>();
        for (var run = 0; run < 3; run++)
        {
            var store = new ImageStore(
                Directory.CreateDirectory(Path.Combine(folder, $"{run}")).FullName,
                ImageLimits.Default,
                TimeProvider.System
            );
            var watch = Stopwatch.StartNew();
            using (
                await store.GetAsync(
                    new RegistrySource(http, new(address), "app", token: null),
                    manifest,
                    CancellationToken.None
                )
            )
                times.Add(watch.Elapsed);
        }
        times.Sort();
        var speed = unpacked / 1e6 / times.At(0.5).TotalSeconds;
        figures.Add(
            $"runner/pull/{compression}",
            $"{speed:0} MB/s unpacked, {travelling / 1e6 / times.At(0.5).TotalSeconds:0} MB/s on the wire, "
                + $"{unpacked / 1e6:0} MB on disk after {times.At(0.5).TotalSeconds:0.00} s",
            ("throughput", new(speed * 1e6))
        );
    }

    // Half of the content compresses well, half does not. The number of files is that of a small system.
    private static (string Manifest, Dictionary<string, byte[]> Blobs, long Unpacked, long Travelling) Image(
        string compression
    )
    {
        var (random, content) = (new Random(7), new byte[64 << 10]);
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
            for (var i = 0; i < (ImageMegabytes << 20) / content.Length; i++)
            {
                random.NextBytes(content.AsSpan(0, content.Length / 2));
                writer.WriteEntry(
                    new PaxTarEntry(TarEntryType.RegularFile, $"usr/lib/{i % 50}/{i}")
                    {
                        DataStream = new MemoryStream(content),
                    }
                );
            }
        using var layer = new MemoryStream();
        if (compression == "gzip")
            using (var gzip = new GZipStream(layer, CompressionLevel.Optimal, leaveOpen: true))
                gzip.Write(tar.GetBuffer(), 0, (int)tar.Length);
        else
            layer.Write(tar.GetBuffer(), 0, (int)tar.Length);
        var blobs = new Dictionary<string, byte[]>();
        var config = new JsonObject
        {
            ["os"] = "linux",
            ["architecture"] = ImageStore.Architecture,
            ["rootfs"] = new JsonObject
            {
                ["diff_ids"] = new JsonArray(Digest(tar.GetBuffer().AsSpan(0, (int)tar.Length))),
            },
        };
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["config"] = Blob(Encoding.UTF8.GetBytes(config.ToJsonString())),
            ["layers"] = new JsonArray(Blob(layer.ToArray())),
        };
        return (
            (string)Blob(Encoding.UTF8.GetBytes(manifest.ToJsonString()))["digest"]!,
            blobs,
            tar.Length,
            layer.Length
        );

        JsonObject Blob(byte[] bytes)
        {
            blobs[Digest(bytes)] = bytes;
            return new() { ["digest"] = Digest(bytes), ["size"] = bytes.Length };
        }
    }

    private static string Digest(ReadOnlySpan<byte> bytes) =>
        $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";

    private static async Task<WebApplication> ServeAsync(Dictionary<string, byte[]> blobs)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(http => http.Response.Body.WriteAsync(blobs[http.Request.Path.Value!.Split('/')[^1]]).AsTask());
        await app.StartAsync();
        return app;
    }
}

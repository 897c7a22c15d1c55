using System.Diagnostics;
using System.Globalization;
using Paddock.Server.Ground.Blobs;

namespace Paddock.Testing;

/// <summary>An S3 server for one test, on a free port, with one bucket; it ends with the test.</summary>
public sealed class S3Server : IAsyncDisposable
{
    private const string Bucket = "blobs";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = Scratch.Folder("paddock-s3-");
    private readonly Process process;
    private readonly int port = ServerProcess.FreePort();

    private S3Server()
    {
        var program = Path.Combine(BuiltProgram.Root, "tests", "S3", "node_modules", "s3rver", "bin", "s3rver.js");
        if (!File.Exists(program))
            throw new FileNotFoundException($"{program} is not there: npm ci --prefix tests/S3");
        process = Process.Start(
            new ProcessStartInfo(
                "node",
                [
                    program,
                    "--directory",
                    folder,
                    "--address",
                    "127.0.0.1",
                    "--port",
                    port.ToString(CultureInfo.InvariantCulture),
                    "--silent",
                    "--no-vhost-buckets",
                    "--configure-bucket",
                    Bucket,
                ]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
    }

    /// <summary>The server's options for using it.</summary>
    internal BlobOptions Options =>
        new()
        {
            Bucket = Bucket,
            Prefix = "paddock/",
            Endpoint = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
            AccessKey = "S3RVER",
            SecretKey = "S3RVER",
        };

    /// <summary>The address on which it listens.</summary>
    public Uri Address => new(Options.Endpoint!);

    /// <summary>The server's environment variables for using it.</summary>
    /// <param name="address">The address at which the server reaches it.</param>
    public Dictionary<string, string> Settings(Uri address) =>
        new()
        {
            ["PADDOCK_BLOBS"] = $"s3://{Options.Bucket}/{Options.Prefix}",
            ["PADDOCK_S3_ENDPOINT"] = address.GetLeftPart(UriPartial.Authority),
            ["PADDOCK_S3_REGION"] = "us-east-1",
            ["PADDOCK_S3_ACCESS_KEY"] = Options.AccessKey!,
            ["PADDOCK_S3_SECRET_KEY"] = Options.SecretKey!,
        };

    /// <summary>The stored content of an object, by its name without the prefix.</summary>
    public byte[] Content(string name) =>
        File.ReadAllBytes(Path.Combine(folder, Bucket, Options.Prefix, name + "._S3rver_object"));

    /// <summary>The number of objects in the bucket.</summary>
    public int Objects =>
        Directory.Exists(Path.Combine(folder, Bucket))
            ? Directory.GetFiles(Path.Combine(folder, Bucket), "*_object", SearchOption.AllDirectories).Length
            : 0;

    public static async Task<S3Server> StartAsync()
    {
        var server = new S3Server();
        using var http = new HttpClient();
        for (var waited = Stopwatch.StartNew(); ; )
        {
            try
            {
                using var answer = await http.GetAsync(server.Options.Endpoint);
                return server;
            }
            catch (HttpRequestException) { }
            if (server.process.HasExited)
                throw new InvalidOperationException(
                    $"The S3 server ended: {await server.process.StandardError.ReadToEndAsync()}"
                );
            if (waited.Elapsed > Patience)
                throw new TimeoutException($"The S3 server did not answer within {Patience}.");
            await Task.Delay(20); // Not a test's wait: no event announces that the server listens.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}

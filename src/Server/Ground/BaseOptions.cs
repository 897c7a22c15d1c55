using System.Net;
using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Mail;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground;

/// <summary>
/// The settings that any wing may need; <c>docs/configuration.md</c> lists them. Each wing keeps its own settings in
/// its own type.
/// </summary>
internal record BaseOptions
{
    /// <summary>The address and port to listen on, as in 0.0.0.0:6610. Port 0 takes a free port.</summary>
    public string Bind { get; init; } = "0.0.0.0:6610";

    /// <summary>The folder that holds the embedded database, the signing key and the images.</summary>
    public string DataFolder { get; init; } = "paddock-data";

    /// <summary>"sqlite", or a PostgreSQL connection string.</summary>
    public string Database { get; init; } = "sqlite";

    /// <summary>The URL of the console. Also the issuer of tokens, compared letter by letter.</summary>
    public string ConsoleUrl { get; init; } = "http://localhost:6610";

    /// <summary>
    /// The key that signs tokens. If none is set, the first start generates one and keeps it in the data folder.
    /// </summary>
    public string SecretKey { get; init; } = "";

    /// <summary>
    /// The largest request body in bytes, after decompression. Harnesses that keep every round print tens of MiB.
    /// </summary>
    public int RequestBodyBytesMax { get; init; } = 64 << 20;

    /// <summary>The bytes of memory that the server may use; null: what the machine or container has.</summary>
    public long? MemoryBytesMax { get; init; }

    /// <summary>Reverse proxies whose X-Forwarded-For header is trusted.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>True when every series gets a verdict. Otherwise only thresholds judge.</summary>
    public bool Verdicts { get; init; } = true;

    /// <summary>The mail server. Null writes mail to the log instead.</summary>
    public MailOptions? Mail { get; init; }

    public BlobOptions Blobs { get; init; } = new();

    public LimitOptions Limits { get; init; } = new();
}

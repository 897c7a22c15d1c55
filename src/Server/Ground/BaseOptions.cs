using System.Net;
using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Mail;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground;

/// <summary>
/// The settings that every wing may need; <c>docs/configuration.md</c> lists them. Each wing has its own beside them.
/// </summary>
internal record BaseOptions
{
    /// <summary>Where to listen: address and port, as in 0.0.0.0:6610. Port 0 takes a free one.</summary>
    public string Bind { get; init; } = "0.0.0.0:6610";

    /// <summary>The folder of the embedded database, the signing key and the images.</summary>
    public string DataFolder { get; init; } = "paddock-data";

    /// <summary>"sqlite", or a connection string of PostgreSQL.</summary>
    public string Database { get; init; } = "sqlite";

    /// <summary>Where people find the console; also the issuer of tokens, letter by letter.</summary>
    public string ConsoleUrl { get; init; } = "http://localhost:6610";

    /// <summary>Signs tokens. Made at the first start and kept in the data folder where none is given.</summary>
    public string SecretKey { get; init; } = "";

    /// <summary>
    /// The largest body of a request, after decompression. Harnesses that keep every round print tens of MiB.
    /// </summary>
    public int RequestBodyBytesMax { get; init; } = 64 << 20;

    /// <summary>Reverse proxies whose X-Forwarded-For is believed.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Whether every series gets a verdict. Without, only thresholds judge.</summary>
    public bool Verdicts { get; init; } = true;

    /// <summary>The mail server; null where mail goes to the log.</summary>
    public MailOptions? Mail { get; init; }

    public BlobOptions Blobs { get; init; } = new();

    public LimitOptions Limits { get; init; } = new();
}

using System.Globalization;
using System.Net;
using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Outside.Mcp;
using Paddock.Server.Registry;

namespace Paddock.Server;

/// <summary>All settings of the server, read from the environment; <c>docs/configuration.md</c> lists them.</summary>
internal sealed record ServerOptions
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

    /// <summary>Of a request's body, after decompression. Harnesses that keep every round print tens of MiB.</summary>
    public int RequestBodyBytesMax { get; init; } = 64 << 20;

    /// <summary>Reverse proxies whose X-Forwarded-For is believed.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Whether anybody is refused for asking too often.</summary>
    public bool RateLimits { get; init; }

    /// <summary>With which /metrics may be collected; null for administrators only.</summary>
    public string? MetricsToken { get; init; }

    /// <summary>How often an organization's key may read in a minute; 0 for any number.</summary>
    public int ApiKeyReadsPerMinute { get; init; } = 300;

    /// <summary>How often an organization's key may change anything in a minute; 0 for any number.</summary>
    public int ApiKeyWritesPerMinute { get; init; } = 60;

    public AccessOptions Access { get; init; } = new();

    public RegistryOptions Registry { get; init; } = new();

    public BlobOptions Blobs { get; init; } = new();

    /// <summary>Where clients and runners find the registry.</summary>
    public string RegistryUrl => Registry.Url ?? ConsoleUrl;

    public JobOptions Jobs { get; init; } = new();

    public LimitOptions Limits { get; init; } = new();

    public McpOptions Mcp { get; init; } = new();

    /// <exception cref="FormatException">A setting is not as it should be; the message names it and what is allowed.</exception>
    public static ServerOptions FromEnvironment(Func<string, string?> environment)
    {
        environment = Setting.WithoutEmpty(environment);
        var options = new ServerOptions();
        var bind = BindAddress(environment("PADDOCK_BIND") ?? options.Bind);
        var access = AccessOptions.FromEnvironment(environment, bind);
        var data = environment("PADDOCK_DATA") ?? options.DataFolder;
        Directory.CreateDirectory(data);
        return options with
        {
            Bind = bind,
            Access = access,
            DataFolder = data,
            Database = DatabaseAddress(environment("PADDOCK_DATABASE") ?? options.Database),
            ConsoleUrl = ConsoleAddress(environment("PADDOCK_CONSOLE_URL") ?? options.ConsoleUrl),
            SecretKey = environment("PADDOCK_SECRET_KEY") is { } key ? Setting.Secret("PADDOCK_SECRET_KEY", key, access.Replay) : Setting.KeptSecret(data),
            RequestBodyBytesMax = Number("PADDOCK_REQUEST_BODY_MAX_BYTES", environment, options.RequestBodyBytesMax, min: 1024, max: 1 << 30),
            TrustedProxies = Networks("PADDOCK_TRUSTED_PROXIES", environment),
            RateLimits = Setting.Switch("PADDOCK_RATE_LIMITS", environment, options.RateLimits),
            MetricsToken = environment("PADDOCK_METRICS_TOKEN") is { } token ? Setting.Secret("PADDOCK_METRICS_TOKEN", token) : null,
            ApiKeyReadsPerMinute = Number("PADDOCK_API_KEY_READS_PER_MINUTE", environment, options.ApiKeyReadsPerMinute, min: 0, max: 1_000_000),
            ApiKeyWritesPerMinute = Number("PADDOCK_API_KEY_WRITES_PER_MINUTE", environment, options.ApiKeyWritesPerMinute, min: 0, max: 1_000_000),
            Registry = RegistryOptions.FromEnvironment(environment),
            Jobs = JobOptions.Of((name, standard, min, max) => NumberOrNull(name, environment, standard, min, max)),
            Blobs = BlobOptions.FromEnvironment(environment),
            Limits = LimitOptions.FromEnvironment(environment),
            Mcp = McpOptions.Of((name, standard, min, max) => Number(name, environment, standard, min, max)),
        };
    }

    private static int Number(string name, Func<string, string?> environment, int standard, int min, int max) =>
        NumberOrNull(name, environment, standard, min, max)!.Value;

    private static int? NumberOrNull(string name, Func<string, string?> environment, int? standard, int min, int max)
    {
        if (environment(name) is not { } text) return standard;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException($"{name} is \"{text}\"; allowed: a whole number from {min} to {max}");
    }

    // An address alone is a network of one.
    private static IPNetwork[] Networks(string name, Func<string, string?> environment) =>
        Array.ConvertAll((environment(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), text =>
            IPNetwork.TryParse(text, out var network) ? network.PrefixLength > 0 ? network
                : throw new FormatException($"{name} has \"{text}\", which is everybody: anybody could then say which address they have; name the proxies' own addresses")
            : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : throw new FormatException($"{name} has \"{text}\"; allowed: addresses and networks with commas between them, like 10.0.0.1,192.168.0.0/16"));

    private static string BindAddress(string text) =>
        IPEndPoint.TryParse(text, out _) ? text : throw new FormatException($"PADDOCK_BIND is \"{text}\"; allowed: an address and a port, like 127.0.0.1:6610");

    // The message does not repeat it: it may hold a password.
    private static string DatabaseAddress(string text)
    {
        if (text == "sqlite") return text;
        try
        {
            if (!string.IsNullOrEmpty(new Npgsql.NpgsqlConnectionStringBuilder(text).Host)) return text;
        }
        catch (ArgumentException) { }
        throw new FormatException("PADDOCK_DATABASE is neither sqlite nor a connection string with a host, like Host=db;Username=paddock;Password=...;Database=paddock");
    }

    private static string ConsoleAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? text
            : throw new FormatException($"PADDOCK_CONSOLE_URL is \"{text}\"; allowed: an absolute http or https address");
}

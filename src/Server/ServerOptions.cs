using System.Globalization;
using System.Security.Cryptography;

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

    public int RequestBodyBytesMax { get; init; } = 4 << 20;

    /// <summary>Reverse proxies whose X-Forwarded-For is believed, by address.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <exception cref="FormatException">A setting is not as it should be; the message names it and what is allowed.</exception>
    public static ServerOptions FromEnvironment(Func<string, string?> environment)
    {
        var options = new ServerOptions();
        var data = environment("PADDOCK_DATA") ?? options.DataFolder;
        Directory.CreateDirectory(data);
        return options with
        {
            Bind = BindAddress(environment("PADDOCK_BIND") ?? options.Bind),
            DataFolder = data,
            Database = environment("PADDOCK_DATABASE") ?? options.Database,
            ConsoleUrl = ConsoleAddress(environment("PADDOCK_CONSOLE_URL") ?? options.ConsoleUrl),
            SecretKey = environment("PADDOCK_SECRET_KEY") ?? KeptSecret(data),
            RequestBodyBytesMax = Number("PADDOCK_REQUEST_BODY_MAX_BYTES", environment, options.RequestBodyBytesMax, min: 1024, max: 1 << 30),
            TrustedProxies = (environment("PADDOCK_TRUSTED_PROXIES") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        };
    }

    private static int Number(string name, Func<string, string?> environment, int standard, int min, int max)
    {
        if (environment(name) is not { } text) return standard;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException($"{name} is \"{text}\"; allowed: a whole number from {min} to {max}");
    }

    private static string BindAddress(string text) =>
        System.Net.IPEndPoint.TryParse(text, out _) ? text : throw new FormatException($"PADDOCK_BIND is \"{text}\"; allowed: an address and a port, like 127.0.0.1:6610");

    private static string ConsoleAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? text
            : throw new FormatException($"PADDOCK_CONSOLE_URL is \"{text}\"; allowed: an absolute http or https address");

    private static string KeptSecret(string folder)
    {
        var file = Path.Combine(folder, "secret-key");
        if (File.Exists(file)) return File.ReadAllText(file);
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        using (var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        using (var writer = new StreamWriter(stream)) writer.Write(secret);
        return secret;
    }
}

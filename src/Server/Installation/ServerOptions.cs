using System.Net;
using Paddock.Server.Access;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Providers;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.CiTrusts;
using Paddock.Server.Catalog.PinnedPlots;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Disk;
using Paddock.Server.Ground.Mail;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Outside.Mcp;
using Paddock.Server.Outside.Webhooks;
using Paddock.Server.Registry;
using Paddock.Server.Results.Thresholds;

namespace Paddock.Server.Installation;

/// <summary>All settings of the server, read from the environment; <c>docs/configuration.md</c> lists them.</summary>
internal sealed record ServerOptions : BaseOptions
{
    /// <summary>The token for collecting /metrics; null allows administrators only.</summary>
    public string? MetricsToken { get; init; }

    public AccessOptions Access { get; init; } = new();

    /// <summary>The identity providers that sign users in, in addition to mail and keys.</summary>
    public IReadOnlyList<ProviderOptions> Providers { get; init; } = [];

    public RegistryOptions Registry { get; init; } = new();

    public JobOptions Jobs { get; init; } = new();

    public McpOptions Mcp { get; init; } = new();

    public WebhookOptions Webhooks { get; init; } = new();

    /// <summary>Issuers of CI identity tokens.</summary>
    public IssuerOptions Issuers { get; init; } = new();

    public BackupOptions Backups { get; init; } = new();

    public ListLimits Lists { get; init; } = new();

    /// <summary>The collector for traces, metrics and logs; null when there is none.</summary>
    public OtlpOptions? Otlp { get; init; }

    /// <summary>The limits of all lists that users extend by hand.</summary>
    public static IReadOnlyList<ListLimit> AllLists { get; } =
    [
        MemberTable.OrganizationLimit,
        ProjectTable.Limit,
        InvitationTable.Limit,
        SsoTable.Limit,
        BrowserSession.Limit,
        KeyTable.OfUsers.Limit,
        KeyTable.OfProjects.Limit,
        ApiKeyTable.Limit,
        CiTrustTable.Limit,
        WebhookTable.Limit,
        WebhookTable.WatcherLimit,
        PlotTable.Limit,
        ThresholdTable.ModelLimit,
        TagTable.Limit,
    ];

    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    /// <param name="isDry">Reads only, and creates neither the data folder nor a signing key.</param>
    public static ServerOptions FromEnvironment(Func<string, string?> environment, bool isDry = false)
    {
        environment = Setting.WithoutEmpty(environment);
        var options = new ServerOptions();
        var bind = BindAddress(environment("PADDOCK_BIND") ?? options.Bind);
        var access = AccessOptions.FromEnvironment(environment, bind);
        var data = environment("PADDOCK_DATA") ?? options.DataFolder;
        if (!isDry)
            PrivateFiles.Create(data);
        return options with
        {
            Bind = bind,
            Access = access,
            DataFolder = data,
            Database = DatabaseAddress(environment("PADDOCK_DATABASE") ?? options.Database),
            ConsoleUrl = ConsoleAddress(environment("PADDOCK_CONSOLE_URL") ?? options.ConsoleUrl),
            SecretKey =
                environment("PADDOCK_SECRET_KEY") is { } key ? Setting.Secret("PADDOCK_SECRET_KEY", key, access.Replay)
                : isDry && !File.Exists(Path.Combine(data, "secret-key")) ? options.SecretKey
                : Setting.KeptSecret(data),
            RequestBodyBytesMax = Setting.Number(
                "PADDOCK_REQUEST_BODY_MAX_BYTES",
                environment,
                options.RequestBodyBytesMax,
                min: 1024,
                max: 1 << 30
            ),
            MemoryBytesMax = environment("PADDOCK_MEMORY_MAX_BYTES") is null
                ? options.MemoryBytesMax
                : Setting.Number("PADDOCK_MEMORY_MAX_BYTES", environment, 0, MemoryBudget.BytesMin, 1L << 40),
            TrustedProxies = Networks("PADDOCK_TRUSTED_PROXIES", environment),
            Verdicts = Setting.Switch("PADDOCK_VERDICTS", environment, options.Verdicts),
            MetricsToken = environment("PADDOCK_METRICS_TOKEN") is { } token
                ? Setting.Secret("PADDOCK_METRICS_TOKEN", token)
                : null,
            Registry = RegistryOptions.FromEnvironment(environment),
            Jobs = JobOptions.FromEnvironment(environment),
            Blobs = BlobOptions.FromEnvironment(environment),
            Limits = LimitOptions.FromEnvironment(environment),
            Mcp = McpOptions.FromEnvironment(environment),
            Webhooks = WebhookOptions.FromEnvironment(environment),
            Issuers = IssuerOptions.FromEnvironment(environment),
            Backups = BackupOptions.FromEnvironment(environment),
            Providers = ProviderOptions.FromEnvironment(environment),
            Mail = MailOptions.FromEnvironment(environment),
            Otlp = OtlpOptions.FromEnvironment(environment),
            Lists = ListLimits.FromEnvironment(AllLists, environment),
        };
    }

    // A single address counts as a network of one.
    private static IPNetwork[] Networks(string name, Func<string, string?> environment) =>
        Array.ConvertAll(
            (environment(name) ?? "").Split(
                ',',
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            ),
            text =>
                IPNetwork.TryParse(text, out var network)
                    ? network.PrefixLength > 0
                        ? network
                        : throw new FormatException(
                            $"{name} has \"{text}\", which trusts every client like a proxy, so that any client could "
                                + $"forge its address; name the proxies' own addresses"
                        )
                    : IPAddress.TryParse(text, out var address)
                        ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
                        : throw new FormatException(
                            $"{name} has \"{text}\"; allowed: addresses and networks separated by commas, like "
                                + $"10.0.0.1,192.168.0.0/16"
                        )
        );

    private static string BindAddress(string text) =>
        IPEndPoint.TryParse(text, out _)
            ? text
            : throw new FormatException(
                $"PADDOCK_BIND is \"{text}\"; allowed: an address and a port, like 127.0.0.1:6610"
            );

    // The message does not repeat the value, which may contain a password.
    private static string DatabaseAddress(string text) =>
        text == "sqlite" || NamesHost(text)
            ? text
            : throw new FormatException(
                "PADDOCK_DATABASE is neither sqlite nor a connection string with a host, like "
                    + "Host=db;Username=paddock;Password=...;Database=paddock"
            );

    // A method of its own, so that a server on SQLite does not load Npgsql.
    private static bool NamesHost(string text)
    {
        try
        {
            return !string.IsNullOrEmpty(new Npgsql.NpgsqlConnectionStringBuilder(text).Host);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string ConsoleAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? text
            : throw new FormatException(
                $"PADDOCK_CONSOLE_URL is \"{text}\"; allowed: an absolute http or https address"
            );
}

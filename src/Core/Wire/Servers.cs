using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

public sealed record ServerVersion(string Version);

public sealed record ConsoleConfig(string Url);

/// <summary>Whether a server can do its work, for proxies and supervisors.</summary>
public sealed record Health(HealthStatus Status);

[JsonConverter(typeof(WordConverter<HealthStatus>))]
public enum HealthStatus
{
    Ok,
    DatabaseAway,
    Stopping,
}

/// <summary>How v0 says that it refused something.</summary>
/// <param name="ErrorCode">Only for failures of the server; the same text stands in its log.</param>
public sealed record Error(
    Guid RequestId,
    string Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ErrorCode = null
);

/// <summary>The settings of a server, in the shape that v0's clients know; secrets are never in it.</summary>
public sealed record ServerConfig(
    ConsoleConfig Console,
    SecurityConfig Security,
    ListenConfig Server,
    LoggingConfig Logging,
    DatabaseConfig Database,
    PlusConfig Plus
);

/// <param name="SecretKey">Never the key itself.</param>
public sealed record SecurityConfig(string Issuer, string SecretKey);

public sealed record ListenConfig(string BindAddress, int RequestBodyMaxBytes, IReadOnlyList<string> TrustedProxies);

public sealed record LoggingConfig(string Name, LogConfig Log);

public sealed record LogConfig(TerminalLogConfig StderrTerminal);

public sealed record TerminalLogConfig(string Level);

/// <param name="File">Where the database is: a path, or a connection string without its password.</param>
public sealed record DatabaseConfig(string File);

/// <param name="RateLimiting">By whom is counted and what, or null where nothing is limited.</param>
public sealed record PlusConfig(
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, RateLimit>>? RateLimiting,
    RegistryConfig Registry,
    RunnerConfig Runners
);

/// <param name="Url">Where clients and runners find the registry.</param>
/// <param name="UploadTimeout">Seconds.</param>
/// <param name="MaxBodySize">Bytes of the largest blob.</param>
public sealed record RegistryConfig(string Url, long UploadTimeout, long MaxBodySize);

/// <param name="HeartbeatTimeout">Seconds of silence after which a runner has lost its job.</param>
/// <param name="JobTimeoutGracePeriod">Seconds that a job may take beyond its timeout.</param>
public sealed record RunnerConfig(int HeartbeatTimeout, int JobTimeoutGracePeriod);

/// <summary>How often something may be done.</summary>
public sealed record RateLimit(uint Minute, uint Hour, uint Day);

/// <param name="Compress">Whether with gzip.</param>
public sealed record NewBackup(bool? Compress = null, string? DataStore = null, bool? Remove = null);

public sealed record BackupCreated(DateTimeOffset Created);

using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

public sealed record ServerVersion(string Version);

public sealed record ConsoleConfig(string Url);

/// <summary>The server's health, for proxies and supervisors.</summary>
public sealed record Health(HealthStatus Status);

[JsonConverter(typeof(WordConverter<HealthStatus>))]
public enum HealthStatus
{
    Ok,
    DatabaseAway,
    Stopping,
}

/// <summary>A refusal in v0's format.</summary>
/// <param name="ErrorCode">Only for internal errors of the server, whose log has the same text.</param>
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

/// <param name="SecretKey">A placeholder, never the key itself.</param>
public sealed record SecurityConfig(string Issuer, string SecretKey);

public sealed record ListenConfig(string BindAddress, int RequestBodyMaxBytes, IReadOnlyList<string> TrustedProxies);

public sealed record LoggingConfig(string Name, LogConfig Log);

public sealed record LogConfig(TerminalLogConfig StderrTerminal);

public sealed record TerminalLogConfig(string Level);

/// <param name="File">Location of the database: a path, or a connection string without its password.</param>
public sealed record DatabaseConfig(string File);

/// <param name="RateLimiting">
/// The limits by kind of caller and by kind of request; null where nothing is limited.
/// </param>
public sealed record PlusConfig(
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, RateLimit>>? RateLimiting,
    RegistryConfig Registry,
    RunnerConfig Runners
);

/// <param name="Url">The registry's address for clients and runners.</param>
/// <param name="UploadTimeout">Seconds.</param>
/// <param name="MaxBodySize">The largest allowed blob, in bytes.</param>
public sealed record RegistryConfig(string Url, long UploadTimeout, long MaxBodySize);

/// <param name="HeartbeatTimeout">Seconds of silence after which a runner loses its job.</param>
/// <param name="JobTimeoutGracePeriod">Seconds that a job may take beyond its timeout.</param>
public sealed record RunnerConfig(int HeartbeatTimeout, int JobTimeoutGracePeriod);

/// <summary>The allowed number of requests in each time span.</summary>
public sealed record RateLimit(uint Minute, uint Hour, uint Day);

/// <param name="Compress">True to compress with gzip.</param>
public sealed record NewBackup(bool? Compress = null, string? DataStore = null, bool? Remove = null);

public sealed record BackupCreated(DateTimeOffset Created);

using Npgsql;
using Paddock.Core.Wire;
using Paddock.Server.Access.RateLimits;

namespace Paddock.Server.Installation;

/// <summary>The settings as shown to administrators, with secrets hidden.</summary>
internal static class Config
{
    private const string Hidden = "************";

    public static ServerConfig Of(ServerOptions options, RateLimiters limits) =>
        new(
            new(new Uri(options.ConsoleUrl).AbsoluteUri),
            new(options.ConsoleUrl, Hidden),
            new(options.Bind, options.RequestBodyBytesMax, [.. options.TrustedProxies.Select(p => p.ToString())]),
            new("Paddock", new(new("info"))),
            new(
                options.Database == "sqlite"
                    ? Path.Combine(options.DataFolder, "paddock.db")
                    : WithoutSecrets(options.Database)
            ),
            new(
                limits.InForce,
                new(
                    new Uri(options.Registry.AddressOn(options)).AbsoluteUri,
                    (long)options.Registry.UploadTimeout.TotalSeconds,
                    options.Registry.BlobBytesMax
                ),
                new((int)options.Jobs.HeartbeatTimeout.TotalSeconds, (int)options.Jobs.TimeoutGrace.TotalSeconds)
            )
        );

    private static string WithoutSecrets(string connectionString)
    {
        var known = new NpgsqlConnectionStringBuilder(connectionString);
        var shown = new NpgsqlConnectionStringBuilder
        {
            Host = known.Host,
            Port = known.Port,
            Database = known.Database,
            Username = known.Username,
        };
        return shown.ToString();
    }
}

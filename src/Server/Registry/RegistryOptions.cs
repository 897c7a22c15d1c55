using Paddock.Server.Ground;

namespace Paddock.Server.Registry;

/// <summary>The registry's settings.</summary>
internal sealed record RegistryOptions
{
    /// <summary>The registry's address for clients and runners; null for the console's address.</summary>
    public string? Url { get; init; }

    /// <summary>The registry's address for clients and runners.</summary>
    public string AddressOn(BaseOptions server) => Url ?? server.ConsoleUrl;

    /// <summary>The size limit of a blob.</summary>
    public long BlobBytesMax { get; init; } = 1 << 30;

    /// <summary>An upload that has received nothing for this long expires.</summary>
    public TimeSpan UploadTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long content is kept that no tag and no job needs: long enough to finish a push, or to undo the removal of a
    /// tag.
    /// </summary>
    public TimeSpan KeepUnused { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long an untagged image is kept after the last job that ran it has ended.</summary>
    public TimeSpan KeepJobImages { get; init; } = TimeSpan.FromDays(90);

    /// <summary>The byte limit for all repositories of an organization; null for half of the total limit.</summary>
    public long? QuotaBytes { get; init; }

    /// <summary>The byte limit for all repositories of unclaimed organizations together; null for none.</summary>
    public long? AnonymousBytes { get; init; } = 1 << 30;

    /// <summary>The byte limit for all repositories; null for half of the data folder's disk, or no limit in a
    /// bucket.</summary>
    public long? TotalBytes { get; init; }

    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    public static RegistryOptions FromEnvironment(Func<string, string?> environment)
    {
        var options = new RegistryOptions();
        return options with
        {
            Url = Address("PADDOCK_REGISTRY_URL", environment),
            BlobBytesMax = Setting.Number(
                "PADDOCK_REGISTRY_MAX_BODY_BYTES",
                environment,
                options.BlobBytesMax,
                min: 1,
                max: 1L << 36
            ),
            UploadTimeout = Seconds(
                "PADDOCK_REGISTRY_UPLOAD_TIMEOUT_S",
                environment,
                options.UploadTimeout,
                max: TimeSpan.FromDays(7)
            ),
            KeepUnused = Seconds(
                "PADDOCK_REGISTRY_KEEP_UNUSED_S",
                environment,
                options.KeepUnused,
                max: TimeSpan.FromDays(3650)
            ),
            KeepJobImages = Seconds(
                "PADDOCK_REGISTRY_KEEP_JOB_IMAGES_S",
                environment,
                options.KeepJobImages,
                max: TimeSpan.FromDays(36500)
            ),
            QuotaBytes = Bytes("PADDOCK_REGISTRY_QUOTA_BYTES", environment, options.QuotaBytes),
            AnonymousBytes = Bytes("PADDOCK_REGISTRY_ANONYMOUS_BYTES", environment, options.AnonymousBytes),
            TotalBytes = Bytes("PADDOCK_REGISTRY_TOTAL_BYTES", environment, options.TotalBytes),
        };
    }

    private static long? Bytes(string name, Func<string, string?> environment, long? standard) =>
        environment(name) is null
            ? standard
            : Setting.Number(name, environment, standard: 0L, min: 0, max: long.MaxValue);

    private static string? Address(string name, Func<string, string?> environment) =>
        environment(name) is not { } text ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && uri.AbsolutePath == "/"
            ? text
        : throw new FormatException($"{name} is \"{text}\"; allowed: an http or https address without a path");

    private static TimeSpan Seconds(string name, Func<string, string?> environment, TimeSpan standard, TimeSpan max) =>
        TimeSpan.FromSeconds(
            Setting.Number(name, environment, (long)standard.TotalSeconds, min: 1, (long)max.TotalSeconds)
        );
}

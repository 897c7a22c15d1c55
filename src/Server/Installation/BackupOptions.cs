using System.Globalization;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Blobs;

namespace Paddock.Server.Installation;

/// <summary>Settings of backups; <c>docs/configuration.md</c> lists them.</summary>
internal sealed record BackupOptions
{
    /// <summary>The bucket for uploads; null when none is configured.</summary>
    public BlobOptions? Store { get; init; }

    /// <summary>How many backups are kept in the data folder and in the bucket; null for all.</summary>
    public int? KeepCount { get; init; }

    /// <summary>How long a backup is kept; null for ever.</summary>
    public TimeSpan? KeepFor { get; init; }

    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    public static BackupOptions FromEnvironment(Func<string, string?> environment)
    {
        int? Number(string name) =>
            environment(name) is null ? null : Setting.Number(name, environment, 0, min: 1, max: 100_000);
        return new()
        {
            Store = environment("PADDOCK_BACKUPS") is { } place
                ? BlobOptions.InBucket("PADDOCK_BACKUPS", place, environment)
                : null,
            KeepCount = Number("PADDOCK_BACKUPS_KEEP"),
            KeepFor = Number("PADDOCK_BACKUPS_KEEP_DAYS") is { } days ? TimeSpan.FromDays(days) : null,
        };
    }

    /// <summary>
    /// The backups to remove: those beyond the number, and those that are too old. The newest one always stays.
    /// </summary>
    /// <param name="names">File names; files that are not backups are ignored.</param>
    public IReadOnlyList<string> Outdated(IEnumerable<string> names, DateTimeOffset now) =>
        [
            .. names
                .Select(name => (Name: name, Made: BackupName.MadeAt(name)))
                .Where(one => one.Made is not null)
                .OrderByDescending(one => one.Made)
                .ThenByDescending(one => one.Name, StringComparer.Ordinal)
                .Index()
                .Where(one => one.Index > 0 && (one.Index >= KeepCount || now - one.Item.Made > KeepFor))
                .Select(one => one.Item.Name),
        ];
}

/// <summary>The file names of backups, which contain the time when each began.</summary>
internal static class BackupName
{
    private const string Prefix = "backup-paddock-";
    private const string Form = "yyyy-MM-dd-HH-mm-ss";
    private static readonly string[] Endings = [".db", ".db.gz", ".dump"];

    public static string Of(DateTimeOffset begun) =>
        Prefix + begun.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>The time when a backup began; null if the name is not that of a complete backup.</summary>
    public static DateTimeOffset? MadeAt(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
        && name.Length > Prefix.Length + Form.Length
        && Endings.Contains(name[(Prefix.Length + Form.Length)..])
        && DateTime.TryParseExact(
            name.AsSpan(Prefix.Length, Form.Length),
            Form,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var made
        )
            ? new DateTimeOffset(made)
            : null;
}

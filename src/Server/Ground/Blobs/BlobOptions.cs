namespace Paddock.Server.Ground.Blobs;

/// <summary>The location of the blob store: the data folder, or a bucket.</summary>
internal sealed record BlobOptions
{
    private const string Scheme = "s3";

    /// <summary>The bucket's name; null for the data folder.</summary>
    public string? Bucket { get; init; }

    /// <summary>The prefix of every key in the bucket.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The endpoint of the bucket, if it is not at Amazon.</summary>
    public string? Endpoint { get; init; }

    public string? Region { get; init; }

    /// <summary>Null if the machine has credentials of its own, such as an instance role.</summary>
    public string? AccessKey { get; init; }

    public string? SecretKey { get; init; }

    public IBlobStore Open(string dataFolder) =>
        Bucket is null ? new FolderStore(Path.Combine(dataFolder, "blobs")) : new S3Store(this);

    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    public static BlobOptions FromEnvironment(Func<string, string?> environment)
    {
        var place = environment("PADDOCK_BLOBS");
        return place is null or "folder" ? Access(environment) : InBucket("PADDOCK_BLOBS", place, environment);
    }

    /// <summary>Reads a bucket from a setting, with the S3 credentials that all buckets share.</summary>
    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    public static BlobOptions InBucket(string name, string text, Func<string, string?> environment)
    {
        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var uri)
            || uri.Scheme != Scheme
            || uri.Host.Length == 0
            || uri.Query.Length > 0
        )
            throw new FormatException(
                $"{name} is \"{text}\"; allowed: {(name == "PADDOCK_BLOBS" ? "folder, or " : "")}{Scheme}://BUCKET or "
                    + $"{Scheme}://BUCKET/PREFIX"
            );
        var prefix = uri.AbsolutePath.Trim('/');
        return Access(environment) with { Bucket = uri.Host, Prefix = prefix.Length == 0 ? "" : prefix + "/" };
    }

    private static BlobOptions Access(Func<string, string?> environment)
    {
        var options = new BlobOptions
        {
            Endpoint = environment("PADDOCK_S3_ENDPOINT"),
            Region = environment("PADDOCK_S3_REGION"),
            AccessKey = environment("PADDOCK_S3_ACCESS_KEY"),
            SecretKey = environment("PADDOCK_S3_SECRET_KEY"),
        };
        if (
            options.Endpoint is { } endpoint
            && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var at) && at.Scheme is "http" or "https")
        )
            throw new FormatException($"PADDOCK_S3_ENDPOINT is \"{endpoint}\"; allowed: an http or https address");
        if (options.AccessKey is null != options.SecretKey is null)
            throw new FormatException(
                "PADDOCK_S3_ACCESS_KEY and PADDOCK_S3_SECRET_KEY belong together, and one of them is missing: set both "
                    + "or none"
            );
        return options;
    }
}

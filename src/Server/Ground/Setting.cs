using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Paddock.Server.Ground;

/// <summary>Reads settings, secrets in particular. An invalid setting stops the start with a message.</summary>
internal static class Setting
{
    /// <summary>The length of a signature in bytes. A shorter key would be the weaker part.</summary>
    public const int SecretBytesMin = 32;

    private const int DistinctMin = 6;

    // Placeholders from documentation, which are publicly known.
    private static readonly string[] Known =
    [
        "DO_NOT_USE_THIS_IN_PRODUCTION",
        "CHANGE_ME",
        "CHANGEME",
        "YOUR_SECRET",
        "REPLACE_ME",
        "EXAMPLE_SECRET",
    ];

    private const string Remedy = "make one with: openssl rand -hex 32";

    /// <summary>
    /// Refuses variables that are set but empty: usually a compose file that refers to an unset variable.
    /// </summary>
    public static Func<string, string?> WithoutEmpty(Func<string, string?> environment) =>
        name =>
            environment(name) is not { } text ? null
            : string.IsNullOrWhiteSpace(text)
                ? throw new FormatException(
                    $"{name} is set and empty; give it a value, or leave it out for the default"
                )
            : text;

    public static bool Switch(string name, Func<string, string?> environment, bool standard) =>
        environment(name) switch
        {
            null => standard,
            "on" => true,
            "off" => false,
            var text => throw new FormatException($"{name} is \"{text}\"; allowed: on, off"),
        };

    /// <summary>The number that a variable holds, or the default if the variable is not set.</summary>
    public static int Number(string name, Func<string, string?> environment, int standard, int min, int max) =>
        (int)Number(name, environment, (long)standard, min, max);

    /// <inheritdoc cref="Number(string, Func{string, string}, int, int, int)"/>
    public static long Number(string name, Func<string, string?> environment, long standard, long min, long max) =>
        environment(name) is not { } text ? standard
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= min
        && number <= max
            ? number
        : throw new FormatException($"{name} is \"{text}\"; allowed: a whole number from {min} to {max}");

    /// <param name="allowsWeak">True accepts any key that is not empty: recordings were signed with a weak one.</param>
    /// <exception cref="FormatException">The secret is too short, easy to guess or publicly known. The message does not
    /// repeat the secret.</exception>
    public static string Secret(string name, string secret, bool allowsWeak = false)
    {
        if (allowsWeak && secret.Length > 0)
            return secret;
        if (Array.Exists(Known, known => secret.Contains(known, StringComparison.OrdinalIgnoreCase)))
            throw new FormatException(
                $"{name} is a placeholder from the documentation, which everybody knows; {Remedy}"
            );
        if (Encoding.UTF8.GetByteCount(secret) is < SecretBytesMin and var bytes)
            throw new FormatException($"{name} has {bytes} bytes; allowed: {SecretBytesMin} or more; {Remedy}");
        return secret.Distinct().Count() >= DistinctMin
            ? secret
            : throw new FormatException($"{name} repeats a few characters and can be guessed; {Remedy}");
    }

    /// <summary>
    /// Reads the signing key from its file in the data folder. Creates the file if it does not exist.
    /// </summary>
    /// <exception cref="FormatException">The file cannot be read, or its key is refused.</exception>
    public static string KeptSecret(string folder)
    {
        var file = Path.Combine(folder, "secret-key");
        if (!Path.Exists(file))
            return MakeSecret(file);
        var name = $"The signing key in {Path.GetFullPath(file)}";
        try
        {
            return Secret(name, File.ReadAllText(file).Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FormatException(
                $"{name} cannot be read: {e.Message} Make the file readable for the server's user, or set "
                    + $"PADDOCK_SECRET_KEY.",
                e
            );
        }
    }

    private static string MakeSecret(string file)
    {
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytesMin));
        // The key is written to a draft and then renamed: an interrupted start must not leave an empty key, which would
        // sign as well.
        var draft = file + ".part";
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var stream = new FileStream(draft, options))
        {
            stream.Write(Encoding.UTF8.GetBytes(secret));
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, file);
        return secret;
    }
}

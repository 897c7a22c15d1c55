using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Paddock.Server.Access.Keys;

/// <summary>
/// The text of a key: a prefix for the kind of its owner, and 30 random characters. Only its hash is stored.
/// </summary>
internal static class KeyText
{
    public const string UserPrefix = "bencher_user_"; // Fixed by v0: existing clients check for these prefixes.
    public const string ProjectPrefix = "bencher_run_";
    public const string RunnerPrefix = "bencher_runner_";
    public const string ApiPrefix = "paddock_api_";

    /// <summary>The header in which clients of the fleet API send a key; every API takes it.</summary>
    public const string Header = "X-API-Key";

    private const int RandomLength = 30;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly SearchValues<char> Allowed = SearchValues.Create(Alphabet);

    /// <summary>
    /// The part of a key that may be shown so that people recognize it: its prefix and four of the thirty characters.
    /// </summary>
    public static string Shown(string key, string prefix) => key[..(prefix.Length + 4)];

    public static string Make(string prefix) => prefix + RandomNumberGenerator.GetString(Alphabet, RandomLength);

    /// <summary>
    /// SHA-256 of the whole key in lower-case hexadecimal digits. A plain hash is enough, since a random key cannot be
    /// guessed.
    /// </summary>
    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    public static bool IsWellFormed(string key, string prefix) =>
        key.Length == prefix.Length + RandomLength
        && key.StartsWith(prefix, StringComparison.Ordinal)
        && key.AsSpan(prefix.Length).IndexOfAnyExcept(Allowed) < 0;
}

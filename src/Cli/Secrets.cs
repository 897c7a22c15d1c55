using System.Text;

namespace Paddock.Cli;

/// <summary>Keeps a secret out of what is shown: some servers repeat in an error what they were sent.</summary>
internal static class Secrets
{
    private const int CharsLeast = 4; // A shorter one would be found in any text.

    public static string Hide(string secret, string text) =>
        secret.Length < CharsLeast ? text : text.Replace(secret, "***", StringComparison.Ordinal);

    public static string Hide(string secret, ReadOnlySpan<byte> utf8) => Hide(secret, Encoding.UTF8.GetString(utf8));
}

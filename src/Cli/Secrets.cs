using System.Text;

namespace Paddock.Cli;

/// <summary>Hides a secret in text that is shown, since some servers repeat in an error what they were sent.</summary>
internal static class Secrets
{
    private const int CharsLeast = 4; // A shorter secret would match parts of any text.

    public static string Hide(string secret, string text) =>
        secret.Length < CharsLeast ? text : text.Replace(secret, "***", StringComparison.Ordinal);

    public static string Hide(string secret, ReadOnlySpan<byte> utf8) => Hide(secret, Encoding.UTF8.GetString(utf8));
}

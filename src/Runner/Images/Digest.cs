using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Paddock.Runner.Images;

/// <summary>The name of some bytes: algorithm and hash.</summary>
internal sealed partial record Digest
{
    private Digest(string text) => Text = text;

    public string Text { get; }
    public string Hex => Text[(Text.IndexOf(':', StringComparison.Ordinal) + 1)..];
    public HashAlgorithmName Algorithm =>
        Text.StartsWith("sha512:", StringComparison.Ordinal) ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;

    public override string ToString() => Text;

    /// <exception cref="ImageException">It is none, or one that nobody can verify.</exception>
    public static Digest Parse(string? text) =>
        text is not null && Form.IsMatch(text)
            ? new(text)
            : throw new ImageException(
                $"{Short(text)} is not a digest: sha256 or sha512, a colon and the hash in small hexadecimal digits"
            );

    public static bool Is(string text) => Form.IsMatch(text);

    public static Digest Of(ReadOnlySpan<byte> bytes) =>
        new($"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}");

    public static Digest Of(IncrementalHash hash) =>
        new(
            $"{(hash.AlgorithmName == HashAlgorithmName.SHA512 ? "sha512" : "sha256")}"
                + $":{Convert.ToHexStringLower(hash.GetHashAndReset())}"
        );

    /// <summary>That the bytes are those that the digest names.</summary>
    public void Verify(ReadOnlySpan<byte> bytes, string what)
    {
        using var hash = IncrementalHash.CreateHash(Algorithm);
        hash.AppendData(bytes);
        Verify(Of(hash), what);
    }

    public void Verify(Digest found, string what)
    {
        if (found != this)
            throw new ImageException($"{what} is not what its digest says: expected {this}, got {found}");
    }

    private static string Short(string? text) =>
        text is null ? "nothing" : $"\"{(text.Length > 100 ? text[..100] + "…" : text)}\"";

    [GeneratedRegex("^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$", RegexOptions.CultureInvariant)]
    private static partial Regex Form { get; }
}

/// <summary>An image that cannot be had or cannot be trusted, in a sentence for whoever asked for it.</summary>
/// <param name="again">Another try may succeed: the network failed, not the image.</param>
internal sealed class ImageException(string sentence, bool again = false, Exception? cause = null)
    : Exception(sentence, cause)
{
    public bool Again { get; } = again;
}

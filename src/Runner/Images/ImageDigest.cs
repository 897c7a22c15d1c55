using System.Security.Cryptography;
using Paddock.Core.Names;

namespace Paddock.Runner.Images;

/// <summary>Parses and verifies digests; content that does not match its digest is refused.</summary>
internal static class ImageDigest
{
    /// <exception cref="ImageException">The text is not a digest, or its algorithm is not supported.</exception>
    public static Digest Parse(string? text) =>
        Digest.TryParse(text, out var digest) && digest.Value == text
            ? digest
            : throw new ImageException(
                $"{Short(text)} is not a digest: sha256 or sha512, a colon and the hash in small hexadecimal digits"
            );

    /// <exception cref="ImageException">The bytes do not match the digest.</exception>
    public static void Verify(this Digest digest, ReadOnlySpan<byte> bytes, string what) =>
        digest.Verify(Digest.Of(digest.Algorithm, bytes), what);

    /// <exception cref="ImageException">The digests differ.</exception>
    public static void Verify(this Digest digest, Digest found, string what)
    {
        if (found != digest)
            throw new ImageException($"{what} does not match its digest: expected {digest}, got {found}");
    }

    private static string Short(string? text) =>
        text is null ? "nothing" : $"\"{(text.Length > 100 ? text[..100] + "…" : text)}\"";
}

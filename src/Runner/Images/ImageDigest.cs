using System.Security.Cryptography;
using Paddock.Core.Names;

namespace Paddock.Runner.Images;

/// <summary>The digests of an image: what it is made of is what they say, or it is refused.</summary>
internal static class ImageDigest
{
    /// <exception cref="ImageException">It is none, or one that nobody can verify.</exception>
    public static Digest Parse(string? text) =>
        Digest.TryParse(text, out var digest) && digest.Value == text
            ? digest
            : throw new ImageException(
                $"{Short(text)} is not a digest: sha256 or sha512, a colon and the hash in small hexadecimal digits"
            );

    /// <exception cref="ImageException">The bytes are not those that the digest names.</exception>
    public static void Verify(this Digest digest, ReadOnlySpan<byte> bytes, string what) =>
        digest.Verify(Digest.Of(digest.Algorithm, bytes), what);

    /// <exception cref="ImageException">They differ.</exception>
    public static void Verify(this Digest digest, Digest found, string what)
    {
        if (found != digest)
            throw new ImageException($"{what} is not what its digest says: expected {digest}, got {found}");
    }

    private static string Short(string? text) =>
        text is null ? "nothing" : $"\"{(text.Length > 100 ? text[..100] + "…" : text)}\"";
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Paddock.Core.Names;

/// <summary>A hash that identifies content, in lower-case hexadecimal digits.</summary>
public sealed record Digest : IText<Digest>
{
    private const string Sha256 = "sha256";
    private const string Sha512 = "sha512";
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private Digest(HashAlgorithmName algorithm, string text) => (Algorithm, Value) = (algorithm, text);

    public HashAlgorithmName Algorithm { get; }

    /// <summary>The digest with its algorithm: sha256:e3b0c442...</summary>
    public string Value { get; }

    /// <summary>The hexadecimal digits without the algorithm.</summary>
    public string Hex => Value[(Value.IndexOf(':', StringComparison.Ordinal) + 1)..];

    public override string ToString() => Value;

    public static string Noun => "digest";
    public static string Rule => "sha256: and 64 hexadecimal digits, or sha512: and 128";

    /// <summary>True when the text is a digest in the lower-case form that is used in names.</summary>
    public static bool Is([NotNullWhen(true)] string? text) => TryParse(text, out var digest) && digest.Value == text;

    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out Digest value)
    {
        value = null;
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 0 || Known(text![..colon]) is not { } algorithm)
            return false;
        var hex = text.AsSpan(colon + 1);
        if (hex.Length != 2 * Bytes(algorithm) || hex.ContainsAnyExcept(HexDigits))
            return false;
        value = new(algorithm, text.ToLowerInvariant());
        return true;
    }

    public static Digest Of(HashAlgorithmName algorithm, ReadOnlySpan<byte> content) =>
        OfHash(algorithm, algorithm == HashAlgorithmName.SHA256 ? SHA256.HashData(content) : SHA512.HashData(content));

    public static Digest OfHash(HashAlgorithmName algorithm, ReadOnlySpan<byte> hash) =>
        new(
            algorithm,
            (algorithm == HashAlgorithmName.SHA256 ? Sha256 : Sha512) + ":" + Convert.ToHexStringLower(hash)
        );

    /// <summary>The digest of everything hashed so far; resets the hash.</summary>
    public static Digest Of(IncrementalHash hash) => OfHash(hash.AlgorithmName, hash.GetHashAndReset());

    private static HashAlgorithmName? Known(string name) =>
        name switch
        {
            Sha256 => HashAlgorithmName.SHA256,
            Sha512 => HashAlgorithmName.SHA512,
            _ => null,
        };

    private static int Bytes(HashAlgorithmName algorithm) =>
        algorithm == HashAlgorithmName.SHA256 ? SHA256.HashSizeInBytes : SHA512.HashSizeInBytes;
}

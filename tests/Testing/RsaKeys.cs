using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Paddock.Testing;

/// <summary>
/// RSA keys of 2048 bits. Each is generated once per process, because that takes as long as a test.
/// </summary>
public static class RsaKeys
{
    private static readonly ConcurrentDictionary<int, Lazy<RSAParameters>> Generated = new();

    /// <param name="number">Different numbers give different keys.</param>
    /// <returns>The key, private part included; the caller disposes of it.</returns>
    public static RSA Get(int number) => RSA.Create(Generated.GetOrAdd(number, _ => new(Generate)).Value);

    /// <summary>A key that signs tokens. Whoever gets it disposes of its <see cref="RsaSecurityKey.Rsa"/>.</summary>
    public static RsaSecurityKey Signing(int number, string name) =>
        new(Get(number))
        {
            KeyId = name,
            // The shared factory finds signers by the content of a key, also those whose key was disposed of.
            CryptoProviderFactory = new() { CacheSignatureProviders = false },
        };

    private static RSAParameters Generate()
    {
        using var key = RSA.Create(2048);
        return key.ExportParameters(includePrivateParameters: true);
    }
}

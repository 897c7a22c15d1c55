using System.Collections.Concurrent;
using System.Security.Cryptography;

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

    private static RSAParameters Generate()
    {
        using var key = RSA.Create(2048);
        return key.ExportParameters(includePrivateParameters: true);
    }
}

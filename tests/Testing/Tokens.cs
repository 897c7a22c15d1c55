using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Paddock.Testing;

/// <summary>
/// Mints tokens independently of the server's code, so that its checks are tested against a second implementation.
/// </summary>
public sealed class Tokens(string secretKey, string issuer, TimeProvider? time = null)
{
    /// <summary>A signing key, new for each test run, because everyone knows a key that is in a repository.</summary>
    public static readonly string SecretKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private static readonly DateTimeOffset InDecades = new(2160, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Mints a token like v0's: its subject is an address.</summary>
    /// <param name="audience">auth, client, api_key or invite.</param>
    /// <param name="issued">The time of issue; now by default.</param>
    public string Mint(
        string audience,
        string email,
        DateTimeOffset? expires = null,
        object? organization = null,
        DateTimeOffset? issued = null
    )
    {
        var claims = new
        {
            aud = audience,
            exp = (expires ?? InDecades).ToUnixTimeSeconds(),
            iat = (issued ?? (time ?? TimeProvider.System).GetUtcNow()).ToUnixTimeSeconds(),
            iss = issuer,
            sub = email,
            org = organization,
        };
        var signed = $"{Part("""{"typ":"JWT","alg":"HS256"}"""u8)}.{Part(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        var seal = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secretKey), Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{Part(seal)}";

        static string Part(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
    }
}

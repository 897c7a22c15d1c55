using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Paddock.Testing;

/// <summary>Mints tokens by hand, so that what the server accepts is not judged by its own code.</summary>
public sealed class Tokens(string secretKey, string issuer, TimeProvider? time = null)
{
    /// <summary>
    /// A key to sign with, another one for each run: what stands in a repository is known to everybody.
    /// </summary>
    public static readonly string SecretKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private static readonly DateTimeOffset InDecades = new(2160, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A token as v0 makes them: its subject is an address.</summary>
    /// <param name="audience">auth, client, api_key or invite.</param>
    /// <param name="issued">When it was made; now unless given.</param>
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

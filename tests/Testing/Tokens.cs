using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Paddock.Testing;

/// <summary>Mints tokens by hand, so that what the server accepts is not judged by its own code.</summary>
public sealed class Tokens(string secretKey, string issuer)
{
    private static readonly DateTimeOffset InDecades = new(2160, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="audience">auth, client, api_key or invite.</param>
    public string Mint(string audience, string email, DateTimeOffset? expires = null, object? organization = null)
    {
        var claims = new
        {
            aud = audience,
            exp = (expires ?? InDecades).ToUnixTimeSeconds(),
            iat = 1_700_000_000,
            iss = issuer,
            sub = email,
            org = organization,
        };
        var signed = $"{Part("""{"typ":"JWT","alg":"HS256"}"""u8)}.{Part(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{signed}.{Part(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secretKey), Encoding.ASCII.GetBytes(signed)))}";

        static string Part(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
    }
}

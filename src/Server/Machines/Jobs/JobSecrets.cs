using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Machines.Jobs;

/// <summary>
/// Protects the values of jobs' environment variables. They are stored encrypted with a key derived from the server's
/// secret key (AES-256-GCM, bound to the job) and erased when the job ends. A backup, or a copy of the data folder
/// without the key, reveals none of them.
/// </summary>
internal sealed class JobSecrets
{
    /// <summary>The placeholder for a value in a stored configuration.</summary>
    public const string Masked = "***";

    private const int NonceLength = 12,
        TagLength = 16,
        BatchMax = 500;
    private readonly byte[] key;

    public JobSecrets(BaseOptions options) =>
        key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            Encoding.UTF8.GetBytes(options.SecretKey),
            outputLength: 32,
            info: "the environments of jobs"u8.ToArray()
        );

    /// <summary>Splits a configuration into the form that is stored and its encrypted secrets.</summary>
    public (JobConfig Config, string? Secrets) Split(Guid job, JobConfig config) =>
        config.Env is not { Count: > 0 } env
            ? (config, null)
            : (config with { Env = env.ToDictionary(variable => variable.Key, _ => Masked) }, Seal(job, env));

    /// <summary>Restores a configuration from its two parts.</summary>
    /// <exception cref="CryptographicException">The secrets were encrypted with another key, or belong to another
    /// job.</exception>
    public JobConfig Join(Guid job, JobConfig config, string? secrets) =>
        secrets is null ? config : config with { Env = Open(job, secrets) };

    /// <summary>Splits configurations that older versions stored in one piece, one batch per call.</summary>
    /// <returns>True when there may be more.</returns>
    public Task<bool> SealOldAsync(Db db) =>
        db.WriteAsync(async sql =>
        {
            var old = await sql.ListAsync(
                $"SELECT id, uuid, config, status FROM jobs WHERE sealed = 0 ORDER BY id LIMIT {BatchMax}",
                row => (Id: row.Long(), Uuid: row.Uuid(), Config: row.Text(), Status: row.Word<JobStatus>())
            );
            foreach (var (id, uuid, text, status) in old)
            {
                var (config, secrets) = SplitText(uuid, text);
                if (status is not (JobStatus.Pending or JobStatus.Claimed or JobStatus.Running))
                    secrets = null;
                await sql.ExecuteAsync(
                    $"UPDATE jobs SET config = {config}, secrets = {secrets}, sealed = 1 WHERE id = {id} AND sealed = 0"
                );
            }
            return old.Count == BatchMax;
        });

    private (string Config, string? Secrets) SplitText(Guid job, string text)
    {
        try
        {
            var (config, secrets) = Split(job, JsonSerializer.Deserialize(text, Wire.Default.JobConfig)!);
            return (config.Env is null ? text : JsonSerializer.Serialize(config, Wire.Default.JobConfig), secrets);
        }
        catch (JsonException)
        {
            return ("{}", null);
        } // No runner could read this text either, and it may contain secrets.
    }

    private string Seal(Guid job, IReadOnlyDictionary<string, string> env)
    {
        var clear = JsonSerializer.SerializeToUtf8Bytes(env, Wire.Default.IReadOnlyDictionaryStringString);
        var all = new byte[NonceLength + TagLength + clear.Length];
        RandomNumberGenerator.Fill(all.AsSpan(0, NonceLength));
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(
            all.AsSpan(0, NonceLength),
            clear,
            all.AsSpan(NonceLength + TagLength),
            all.AsSpan(NonceLength, TagLength),
            job.ToByteArray()
        );
        return Convert.ToBase64String(all);
    }

    private IReadOnlyDictionary<string, string> Open(Guid job, string secrets)
    {
        var all = Convert.FromBase64String(secrets);
        var clear = new byte[all.Length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(
            all.AsSpan(0, NonceLength),
            all.AsSpan(NonceLength + TagLength),
            all.AsSpan(NonceLength, TagLength),
            clear,
            job.ToByteArray()
        );
        return JsonSerializer.Deserialize(clear, Wire.Default.IReadOnlyDictionaryStringString)!;
    }
}

using Paddock.Core.Jobs;
using Paddock.Core.Wire;

namespace Paddock.Runner.Jobs;

/// <summary>
/// Validates a claim. The server may be faulty, compromised or foreign, so its numbers are checked before they reach
/// the kernel, and its texts before they reach a program.
/// </summary>
internal static class ClaimCheck
{
    public const uint IterationsMax = 100_000;
    private const int CpuMax = 8192,
        WordsMax = 4096,
        PathBytesMax = 4096,
        TokenLengthMax = 64 << 10;
    private const long TextsLengthMax = 1 << 20,
        BytesMax = 1L << 50,
        MemoryBytesMin = 1 << 20;

    /// <summary>Why the job cannot be executed; null when the claim itself is valid.</summary>
    public static string? Refusal(Claim claim)
    {
        var (spec, config) = (claim.Spec, claim.Config);
        return Number("spec.cpu", spec.Cpu, 1, CpuMax)
            ?? Number("spec.memory", spec.Memory, MemoryBytesMin, BytesMax)
            ?? Number("spec.disk", spec.Disk, 1, BytesMax)
            ?? Number("config.timeout", config.Timeout, 1, int.MaxValue)
            ?? Number("config.iter", config.Iter ?? 1, 0, IterationsMax)
            ?? Texts("config.entrypoint", config.Entrypoint)
            ?? Texts("config.cmd", config.Cmd)
            ?? Texts("config.env", config.Env?.Select(variable => $"{variable.Key}={variable.Value}"))
            ?? Names(config.Env)
            ?? Pairs(config.Pairs)
            ?? Paths(config.FilePaths)
            ?? (
                claim.OciToken.Length > TokenLengthMax || claim.OciToken.Any(c => c is <= ' ' or > '~')
                    ? "The server's oci_token is not a token."
                    : null
            );
    }

    private static string? Number(string field, long value, long min, long max) =>
        value >= min && value <= max ? null : $"The server sent {field} {value}; this runner accepts {min} to {max}.";

    private static string? Texts(string field, IEnumerable<string>? texts)
    {
        if (texts is null)
            return null;
        var (count, length) = (0, 0L);
        foreach (var text in texts)
        {
            if (text is null || text.Contains('\0', StringComparison.Ordinal))
                return $"The server sent {field} with a null or a NUL character in it.";
            length += text.Length;
            if (++count > WordsMax || length > TextsLengthMax)
                return $"The server sent {field} with more than {WordsMax} words or {TextsLengthMax} characters.";
        }
        return null;
    }

    private static string? Names(IReadOnlyDictionary<string, string>? env) =>
        env is not null && env.Keys.Any(name => name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
            ? "The server sent config.env with a name that is empty or contains \"=\"."
            : null;

    private static string? Paths(IReadOnlyList<string>? paths) =>
        Texts("config.file_paths", paths)
        ?? (
            paths is not null && paths.Any(path => path.Length is 0 or > PathBytesMax)
                ? $"The server sent config.file_paths with a path that is empty or longer than {PathBytesMax} "
                    + $"characters."
                : null
        );

    private static string? Pairs(JobPairs? pairs) =>
        pairs is null || PairOrder.TryParse(pairs.Order, out _)
            ? null
            : $"The server sent an invalid config.pairs.order: it must have b and h for each pair, "
                + $"and {PairOrder.PairsMax} pairs at most.";
}

using System.Text;
using Paddock.Core.Wire;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Jobs;

/// <summary>What a sandbox gave, as it travels.</summary>
internal static class IterationResult
{
    public static IterationOutput Of(JobOrder order, SandboxResult result)
    {
        var truncated = new List<string>();
        if (result.Stdout.Truncated) truncated.Add("stdout");
        if (result.Stderr.Truncated) truncated.Add("stderr");
        return new(result.ExitCode ?? -1, Text(result.Stdout.Bytes), Text(result.Stderr.Bytes), Output(order, result, truncated), result.Duration.TotalSeconds, truncated.Count > 0 ? truncated : null);
    }

    private static Dictionary<string, string>? Output(JobOrder order, SandboxResult result, List<string> truncated)
    {
        if (order.BuildTime || order.FileSize)
        {
            // A command that failed has built nothing; an empty map keeps what it printed from being read instead.
            if (result.ExitCode != 0) return [];
            return PseudoFile.Of(order, result.Duration, result.Files) is { } measured ? new() { [PseudoFile.Name] = measured } : null;
        }
        if (result.Files.Count == 0) return null;
        truncated.AddRange(result.Files.Where(f => f.Truncated).Select(f => f.Path));
        return result.Files.ToDictionary(f => f.Path, f => Encoding.UTF8.GetString(f.Bytes));
    }

    private static string? Text(byte[] bytes) => bytes.Length == 0 ? null : Encoding.UTF8.GetString(bytes);
}

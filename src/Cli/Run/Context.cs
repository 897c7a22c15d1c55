using Paddock.Core.Wire;

namespace Paddock.Cli.Run;

/// <summary>
/// Where a run is made: repository, commit and machine. The server uses these values when an option is missing. Unknown
/// values are left out.
/// </summary>
internal static class Context
{
    private const string Heads = "refs/heads/";

    public static async Task<Dictionary<string, string>> GatherAsync(string? folder, CancellationToken ct)
    {
        var context = new Dictionary<string, string>();
        var git = folder is null ? null : Git.Find(folder);
        Add(RunContext.RepoName, git?.Name);
        Add(RunContext.RepoHash, git is null ? null : await git.RootHashAsync(ct));
        Add(RunContext.RepoRemote, git?.Remote);
        Add(RunContext.BranchRef, git?.HeadRef);
        Add(
            RunContext.BranchRefName,
            git?.HeadRef is { } head && head.StartsWith(Heads, StringComparison.Ordinal)
                ? head[Heads.Length..]
                : git?.HeadRef
        );
        Add(RunContext.BranchHash, git?.HeadHash);
        var (subject, author) = git is null ? default : await git.CommitAsync(ct);
        Add(RunContext.CommitSubject, subject);
        Add(RunContext.CommitAuthor, author);
        Add(
            RunContext.TestbedOs,
            System.OperatingSystem.IsWindows() ? "Windows"
                : System.OperatingSystem.IsMacOS() ? "macOS"
                : System.OperatingSystem.IsLinux() ? "Linux"
                : null
        );
        Add(RunContext.TestbedFingerprint, Fingerprint.OfThisMachine());
        return context;

        void Add(string key, string? value)
        {
            if (value is not null)
                context.Add(key, value);
        }
    }
}

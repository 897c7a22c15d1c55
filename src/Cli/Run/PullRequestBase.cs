using System.Text;
using Paddock.Core.Names;

namespace Paddock.Cli.Run;

/// <summary>
/// Where a pull request began: its base branch, at the merge base. A clone that is too shallow to tell is deepened.
/// </summary>
/// <param name="System">The CI system that said so.</param>
/// <param name="Hash">The merge base; null where git cannot find it.</param>
internal sealed record PullRequestBase(string System, BranchName Branch, GitHash? Hash)
{
    // How much more of the history is fetched, one after the other; 0 for all of it.
    private static readonly int[] Deepenings = [50, 500, 0];
    private static readonly TimeSpan FetchMax = TimeSpan.FromSeconds(60);

    /// <returns>Null where this is no pull request.</returns>
    public static async Task<PullRequestBase?> FindAsync(
        string? folder,
        Func<string, string?> variable,
        CancellationToken ct
    )
    {
        var git = folder is null ? null : Git.Find(folder);
        if (CiBranch.Find(variable, git?.HeadHash) is not { Target: { } target, System: var system })
            return null;
        return new(system, target, git is null ? null : await MergeBaseAsync(git, target, ct));
    }

    public string Sentence =>
        Hash is { } hash
            ? $"The pull request is judged against {Branch} at {hash.Value[..7]}, the merge base."
            : $"The pull request is judged against the latest of {Branch}: git could not find the merge base.";

    private static async Task<GitHash?> MergeBaseAsync(Git git, BranchName target, CancellationToken ct)
    {
        var upstream = $"refs/remotes/origin/{target}";
        var refspec = $"+refs/heads/{target}:{upstream}";
        if (await GitAsync(ct, "rev-parse", "--verify", "--quiet", upstream) is null)
            await GitAsync(
                ct,
                ["fetch", "--no-tags", "--quiet", .. git.IsShallow ? ["--depth=50"] : (string[])[], "origin", refspec]
            );
        foreach (var more in Deepenings)
        {
            if (await BaseAsync() is { } found)
                return found;
            if (!git.IsShallow)
                return null;
            var depth = more == 0 ? "--unshallow" : $"--deepen={more}";
            // The commit that is checked out may be on no branch: it is asked for by its hash, where the server allows
            // that.
            if (
                git.HeadHash is not { } head
                || await GitAsync(ct, "fetch", "--no-tags", "--quiet", depth, "origin", refspec, head) is null
            )
                await GitAsync(ct, "fetch", "--no-tags", "--quiet", depth, "origin", refspec);
        }
        return await BaseAsync();

        async Task<GitHash?> BaseAsync() =>
            GitHash.TryParse((await GitAsync(ct, "merge-base", "HEAD", upstream))?.Trim(), out var hash) ? hash : null;
    }

    /// <returns>What git printed; null where it failed, or took too long.</returns>
    private static async Task<string?> GitAsync(CancellationToken ct, params string[] arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(FetchMax);
        try
        {
            // Nobody is there to be asked for a password.
            var execution = await BenchmarkProcess.RunAsync(
                new("git", ["-c", "credential.interactive=false", .. arguments]),
                "git",
                quiet: true,
                limit.Token
            );
            return execution.Succeeded ? Encoding.UTF8.GetString(execution.Output) : null;
        }
        catch (Failure)
        {
            return null;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }
}

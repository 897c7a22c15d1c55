using System.Text;
using Paddock.Core.Names;

namespace Paddock.Cli.Run;

/// <summary>
/// The start point of a pull request: its base branch, at the merge base. A clone that is too shallow to tell is
/// deepened.
/// </summary>
/// <param name="System">The CI system that named the base branch.</param>
/// <param name="Hash">The merge base; null where git cannot find it.</param>
internal sealed record PullRequestBase(string System, BranchName Branch, GitHash? Hash)
{
    // The numbers of further commits to fetch, one step after the other; 0 fetches all.
    private static readonly int[] Deepenings = [50, 500, 0];
    private static readonly TimeSpan FetchMax = TimeSpan.FromSeconds(60);

    /// <returns>Null when the run is not for a pull request.</returns>
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
            : $"The pull request is judged against the latest version of {Branch}: git could not find the merge base.";

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
            // The checked-out commit may be on no branch, so it is fetched by its hash where the server allows that.
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

    /// <returns>Git's output; null when git failed or took too long.</returns>
    private static async Task<string?> GitAsync(CancellationToken ct, params string[] arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(FetchMax);
        try
        {
            // Disables the password prompt: nobody is there to answer it.
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

using Paddock.Core.Names;

namespace Paddock.Cli.Run;

/// <summary>
/// The branch of a run that names none: git's branch, otherwise the one that the CI system names; otherwise the user is
/// asked to name one.
/// </summary>
/// <param name="Name">The branch that the run sends; null when the context has git's branch, which the server
/// uses.</param>
/// <param name="By">The CI system that named the branch.</param>
/// <param name="Refusal">Why there is no branch to record on, and how the user can name one.</param>
internal sealed record RunBranch(NameId<BranchName>? Name = null, string? By = null, string? Refusal = null)
{
    private const string Remedy = "give one with --branch, or set PADDOCK_BRANCH.";

    /// <param name="isForScripts">True when the run prints only JSON.</param>
    public static RunBranch Of(Git? git, Func<string, string?> variable, bool isForScripts)
    {
        if (git?.HeadRef is not null)
            return new();
        var found = CiBranch.Find(variable, git?.HeadHash);
        if (found?.Name is { } name && NameId<BranchName>.TryParse(name.Value, out var branch))
            return new(branch, found.System);
        if (found is not null)
            return new(Refusal: $"{found.System} names no branch for the commit that is checked out; {Remedy}");
        if (git is not null)
            return new(
                Refusal: $"No branch is checked out here (HEAD is detached), and no variable of a CI system names "
                    + $"one; {Remedy}"
            );
        // v0's scripts run like this outside any repository; the server then uses "main".
        if (isForScripts)
            return new();
        return new(Refusal: $"This is not a git repository, and no variable of a CI system names a branch; {Remedy}");
    }
}

using Paddock.Core.Names;

namespace Paddock.Cli.Run;

/// <summary>
/// The branch of a run that names none: git's, else the one that the CI system says, else nobody's: then it is asked
/// for.
/// </summary>
/// <param name="Name">What the run sends; null where the context has git's branch, which the server takes.</param>
/// <param name="By">The CI system that said so.</param>
/// <param name="Refusal">Why there is no branch to record on, and what to do.</param>
internal sealed record RunBranch(NameId<BranchName>? Name = null, string? By = null, string? Refusal = null)
{
    private const string Remedy = "give one with --branch, or set PADDOCK_BRANCH.";

    /// <param name="isForScripts">Whether the run prints JSON and nothing else.</param>
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
        // v0's scripts run like this outside of any repository, and the server then takes "main".
        if (isForScripts)
            return new();
        return new(Refusal: $"This is no git repository, and no variable of a CI system names a branch; {Remedy}");
    }
}

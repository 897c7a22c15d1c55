using System.CommandLine;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Run;

/// <summary>
/// The point where a run's branch begins: the one that the user gave, or the base of the pull request.
/// </summary>
internal static class RunStartPoint
{
    public static async Task<NewStartPoint?> FindAsync(
        RunOptions options,
        ParseResult args,
        ApiClient api,
        RunBranch branch,
        string? folder,
        Action<string> note,
        CancellationToken ct
    )
    {
        if (await PullRequestAsync(options, args, api, branch, folder, ct) is not { } from)
            return Given(options, args);
        note(from.Sentence);
        return new(
            NameId<BranchName>.OfName(from.Branch),
            from.Hash,
            args.GetValue(options.StartPointMaxVersions) ?? 255,
            CloneThresholds: false,
            Reset: false
        );
    }

    // A server other than Paddock is sent only the start point that the user gave.
    private static async Task<PullRequestBase?> PullRequestAsync(
        RunOptions options,
        ParseResult args,
        ApiClient api,
        RunBranch branch,
        string? folder,
        CancellationToken ct
    )
    {
        var isSaid =
            args.Has(options.StartPoint)
            || args.GetValue(options.StartPointReset)
            || args.GetValue(options.NoStartPoint);
        if (isSaid || !api.IsPaddock || options.BackdateOf(args) is not null)
            return null;
        var found = await PullRequestBase.FindAsync(folder, Environment.GetEnvironmentVariable, ct);
        // With the same name, the branch is a fork's branch.
        return found?.Branch.Value == branch.Name?.Value ? null : found;
    }

    private static NewStartPoint? Given(RunOptions options, ParseResult args)
    {
        // An invalid branch counts as not given: scripts pass on whatever their CI system provides.
        NameId<BranchName>? branch = NameId<BranchName>.TryParse(args.GetValue(options.StartPoint), out var parsed)
            ? parsed
            : null;
        var reset = args.GetValue(options.StartPointReset);
        if (branch is null && !reset)
            return null;
        return new(
            branch,
            args.GetValue(options.StartPointHash),
            args.GetValue(options.StartPointMaxVersions) ?? 255,
            args.GetValue(options.StartPointCloneThresholds),
            reset
        );
    }
}

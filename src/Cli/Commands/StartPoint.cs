using System.CommandLine;
using System.Text.Json.Nodes;
using Paddock.Cli.Rest;
using Paddock.Core.Names;

namespace Paddock.Cli.Commands;

/// <summary>The options that say where a branch begins, sent as <c>start_point</c> in the body.</summary>
internal static class StartPoint
{
    private const int VersionsMax = 255;

    /// <summary>For a branch that does not exist yet.</summary>
    public static Part ForNew() => Of(reset: null);

    /// <summary>For a branch that may already exist, and can then be reset.</summary>
    public static Part ForExisting() =>
        Of(
            DomainOption.Flag(
                "--start-point-reset",
                "Begin a new head of the branch, even if its start point is unchanged."
            )
        );

    private static Part Of(Option<bool>? reset)
    {
        var branch = DomainOption.Of<NameId<BranchName>>(
            "--start-point-branch",
            "UUID, slug or name of the branch from which it begins.",
            helpName: "branch"
        );
        var hash = DomainOption.Of<GitHash>(
            "--start-point-hash",
            "Commit on that branch; its latest version unless given.",
            helpName: "sha"
        );
        var versions = DomainOption.Number<long>(
            "--start-point-max-versions",
            $"Maximum number of versions of history to copy ({VersionsMax}).",
            0,
            uint.MaxValue
        );
        var thresholds = DomainOption.Flag("--start-point-clone-thresholds", "Copy the thresholds of that branch.");
        var part = new Part(Write, [branch, hash, versions, thresholds, .. reset is null ? (Symbol[])[] : [reset]]);
        foreach (var option in (Option[])[hash, versions, thresholds])
            part.Where(Rules.Needs(option, branch));
        return part;

        void Write(ParseResult args, Request request)
        {
            var again = reset is not null && args.GetValue(reset);
            if (!args.Has(branch) && !again)
                return;
            var point = new JsonObject();
            if (args.Has(branch))
                point["branch"] = args.GetValue(branch).Value;
            if (args.GetValue(hash) is { } commit)
                point["hash"] = commit.Value;
            point["max_versions"] = args.GetValue(versions) ?? VersionsMax;
            point["clone_thresholds"] = args.GetValue(thresholds);
            if (reset is not null)
                point["reset"] = again;
            request.Body["start_point"] = point;
        }
    }
}

using Paddock.Core.Names;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Thresholds;

/// <summary>The filter and order of a list of thresholds.</summary>
internal sealed record ThresholdFilter(
    NameId<BranchName>? Branch,
    NameId<ResourceName>? Testbed,
    NameId<ResourceName>? Measure,
    bool Archived,
    bool ByModification
)
{
    public static ThresholdFilter Of(Call call) =>
        new(
            call.QueryNameId<BranchName>("branch"),
            call.QueryNameId<ResourceName>("testbed"),
            call.QueryNameId<ResourceName>("measure"),
            call.QueryFlag("archived"),
            Page.Sort(call, "created", "modified") == "modified"
        );

    /// <summary>
    /// The condition to use where FROM joins branches, testbeds and measures. A threshold counts as archived when any
    /// of the three is archived.
    /// </summary>
    public SqlText Condition()
    {
        var condition = Archived
            ? SqlText.Of(
                $"(branches.archived IS NOT NULL OR testbeds.archived IS NOT NULL OR measures.archived IS NOT NULL)"
            )
            : SqlText.Of($"branches.archived IS NULL AND testbeds.archived IS NULL AND measures.archived IS NULL");
        if (Branch is { } branch)
            condition = SqlText.Of($"{condition} AND {branch.Condition("branches")}");
        if (Testbed is { } testbed)
            condition = SqlText.Of($"{condition} AND {testbed.Condition("testbeds")}");
        if (Measure is { } measure)
            condition = SqlText.Of($"{condition} AND {measure.Condition("measures")}");
        return condition;
    }
}

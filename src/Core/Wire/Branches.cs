using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <param name="Notices">What became of the start point that was asked for; only in the answer that made or changed the
/// branch. Ours.</param>
public sealed record Branch(
    Guid Uuid,
    Guid Project,
    string Name,
    string Slug,
    Head Head,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Archived,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<Notice>? Notices = null
);

/// <param name="Version">Only there in reports, alerts and single metrics.</param>
public sealed record Head(
    Guid Uuid,
    StartPoint? StartPoint,
    Version? Version,
    DateTimeOffset Created,
    DateTimeOffset? Replaced
);

public sealed record StartPoint(Guid Branch, Guid Head, Version Version);

/// <param name="Number">Counts from 0 on each head.</param>
public sealed record Version(uint Number, string? Hash);

public sealed record NewBranch(BranchName Name, Slug? Slug = null, NewStartPoint? StartPoint = null);

public sealed record BranchPatch(
    BranchName? Name = null,
    Slug? Slug = null,
    bool? Archived = null,
    NewStartPoint? StartPoint = null
);

/// <summary>
/// Where a head begins. What is absent takes its default: no branch, its latest version, 255 versions, no thresholds,
/// no reset.
/// </summary>
/// <param name="Former">
/// Whether a hash that a reset has put out of the start branch's history is found there all the same. Yes unless told
/// otherwise; with
/// <paramref name="Reset"/> no, because v0 is recorded to answer with the latest version then. Ours.
/// </param>
public sealed record NewStartPoint(
    NameId<BranchName>? Branch = null,
    GitHash? Hash = null,
    uint? MaxVersions = null,
    bool? CloneThresholds = null,
    bool? Reset = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Former = null
);

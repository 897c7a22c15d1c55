using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <param name="Notices">
/// Why the requested start point was not used as given. Only in the answer that created or changed the branch. Not in
/// v0.
/// </param>
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

/// <param name="Version">Only in reports, alerts and single metrics.</param>
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
/// Where a head begins. Defaults of absent fields: no branch, the branch's latest version, 255 versions, no thresholds,
/// no reset.
/// </summary>
/// <param name="Former">
/// True when the hash may also be found on heads of the start branch that a reset has replaced. The default is true;
/// with <paramref name="Reset"/> it is false, because v0 then answers with the latest version. Not in v0.
/// </param>
public sealed record NewStartPoint(
    NameId<BranchName>? Branch = null,
    GitHash? Hash = null,
    uint? MaxVersions = null,
    bool? CloneThresholds = null,
    bool? Reset = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Former = null
);

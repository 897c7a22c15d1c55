using Paddock.Core.Names;

namespace Paddock.Core.Wire;

public sealed record Measure(
    Guid Uuid,
    Guid Project,
    string Name,
    string Slug,
    string Units,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Archived
);

public sealed record NewMeasure(ResourceName Name, ResourceName Units, Slug? Slug = null);

public sealed record MeasurePatch(
    ResourceName? Name = null,
    Slug? Slug = null,
    ResourceName? Units = null,
    bool? Archived = null
);

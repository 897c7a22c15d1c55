using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Projects;

namespace Paddock.Server.Thresholds;

/// <summary>The bare threshold; its model and dimensions are joined where they are shown.</summary>
internal sealed record ThresholdRow(
    long Id, Guid Uuid, long BranchId, long TestbedId, long MeasureId, long? ModelId, DateTimeOffset Created, DateTimeOffset Modified)
{
    public static readonly Raw Columns = new("""
        thresholds.id, thresholds.uuid, thresholds.branch_id, thresholds.testbed_id, thresholds.measure_id, thresholds.model_id,
        thresholds.created, thresholds.modified
        """);

    public static ThresholdRow Read(Row row) =>
        new(row.Long(), row.Uuid(), row.Long(), row.Long(), row.Long(), row.LongOrNull(), row.Time(), row.Time());

    public MetricThreshold ToWire(ProjectRow project, ModelRow model) => new(Uuid, project.Uuid, model.ToWire(), Created);
}

internal sealed record ModelRow(long Id, Guid Uuid, Model Model, DateTimeOffset Created, DateTimeOffset? Replaced)
{
    public const int ColumnCount = 10;
    public static readonly Raw Columns = new("""
        models.id, models.uuid, models.test, models.min_sample_size, models.max_sample_size, models.time_window, models.lower_boundary, models.upper_boundary,
        models.created, models.replaced
        """);

    public static ModelRow Read(Row row) => new(
        row.Long(), row.Uuid(),
        new(row.Word<ModelTest>(), row.UIntOrNull(), row.UIntOrNull(), row.UIntOrNull(), row.DoubleOrNull(), row.DoubleOrNull()),
        row.Time(), row.TimeOrNull());

    /// <summary>For a left join: null where no model was joined.</summary>
    public static ModelRow? ReadOrNull(Row row)
    {
        if (!row.IsNull()) return Read(row);
        row.Skip(ColumnCount - 1);
        return null;
    }

    public ThresholdModel ToWire() => new(
        Uuid, Model.Test, Model.MinSampleSize, Model.MaxSampleSize, Model.Window, Model.LowerBoundary, Model.UpperBoundary, Created, Replaced);
}

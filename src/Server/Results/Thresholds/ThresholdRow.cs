using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Thresholds;

/// <summary>A row of <c>thresholds</c>. Queries that show a threshold join its model and dimensions.</summary>
internal sealed record ThresholdRow(
    Id<Threshold> Id,
    Guid Uuid,
    Id<Branch> BranchId,
    Id<Testbed> TestbedId,
    Id<Measure> MeasureId,
    Id<ModelRow>? ModelId,
    DateTimeOffset Created,
    DateTimeOffset Modified
)
{
    public static readonly Raw Columns = new(
        """
        thresholds.id, thresholds.uuid, thresholds.branch_id, thresholds.testbed_id, thresholds.measure_id, thresholds.model_id,
        thresholds.created, thresholds.modified
        """
    );

    public static ThresholdRow Read(Row row) =>
        new(
            row.Id<Threshold>(),
            row.Uuid(),
            row.Id<Branch>(),
            row.Id<Testbed>(),
            row.Id<Measure>(),
            row.IdOrNull<ModelRow>(),
            row.Time(),
            row.Time()
        );

    public ThresholdPlace Place => new(TestbedId, MeasureId);

    public MetricThreshold ToWire(ProjectRow project, ModelRow model) =>
        new(Uuid, project.Uuid, model.ToWire(), Created);
}

internal sealed record ModelRow(
    Id<ModelRow> Id,
    Guid Uuid,
    Model Model,
    DateTimeOffset Created,
    DateTimeOffset? Replaced
)
{
    public const int ColumnCount = 10;
    public static readonly Raw Columns = new(
        """
        models.id, models.uuid, models.test, models.min_sample_size, models.max_sample_size, models.time_window, models.lower_boundary, models.upper_boundary,
        models.created, models.replaced
        """
    );

    public static ModelRow Read(Row row) =>
        new(
            row.Id<ModelRow>(),
            row.Uuid(),
            new(
                row.Word<ModelTest>(),
                row.UIntOrNull(),
                row.UIntOrNull(),
                row.UIntOrNull(),
                row.DoubleOrNull(),
                row.DoubleOrNull()
            ),
            row.Time(),
            row.TimeOrNull()
        );

    /// <summary>Reads the columns of a left join; null when no model was joined.</summary>
    public static ModelRow? ReadOrNull(Row row)
    {
        if (!row.IsNull())
            return Read(row);
        row.Skip(ColumnCount - 1);
        return null;
    }

    public ThresholdModel ToWire() =>
        new(
            Uuid,
            Model.Test,
            Model.MinSampleSize,
            Model.MaxSampleSize,
            Model.Window,
            Model.LowerBoundary,
            Model.UpperBoundary,
            Created,
            Replaced
        );
}

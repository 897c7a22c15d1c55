using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Catalog.Testbeds;
using Paddock.Server.Ground.Database;
using Version = Paddock.Core.Wire.Version;

namespace Paddock.Server.Results.Thresholds;

/// <summary>A threshold with everything its JSON holds, read from one row of a join.</summary>
internal static class FullThreshold
{
    /// <summary>
    /// The columns to select, where FROM joins thresholds, branches, heads with their joins, testbeds, specs, measures
    /// and models.
    /// </summary>
    public static readonly Raw Columns = new(
        string.Join(
            ", ",
            ThresholdRow.Columns.Text,
            BranchRow.Columns.Text,
            HeadRow.Columns.Text,
            TestbedRow.Columns.Text,
            SpecRow.Columns.Text,
            MeasureRow.Columns.Text,
            ModelRow.Columns.Text
        )
    );

    /// <param name="version">The version that raised the alert; null outside of alerts.</param>
    public static Threshold Read(Row row, ProjectRow project, Version? version = null)
    {
        var threshold = ThresholdRow.Read(row);
        var (branch, head) = (BranchRow.Read(row), HeadRow.Read(row));
        var (testbed, spec) = (TestbedRow.Read(row), SpecRow.ReadOrNull(row));
        var (measure, model) = (MeasureRow.Read(row), ModelRow.ReadOrNull(row));
        return new(
            threshold.Uuid,
            project.Uuid,
            branch.ToWire(project, head, version),
            testbed.ToWire(project, spec),
            measure.ToWire(project),
            model?.ToWire(),
            threshold.Created,
            threshold.Modified
        );
    }
}

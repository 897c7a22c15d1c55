using System.Text.Json.Serialization;
using Paddock.Core.Analysis;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>A project's settings for verdicts. Not in v0.</summary>
/// <param name="Alarms">
/// Accepted false alarms in four weeks. A lower number makes proofs by waiting rarer and later.
/// </param>
/// <param name="MinimumEffect">The smallest relative change that verdicts report.</param>
/// <param name="ReproducedFails">
/// True when a regression that reruns in place reproduced fails a job before it is proven.
/// </param>
/// <param name="BesideThresholds">True when verdicts also alert for series that a threshold judges.</param>
/// <param name="ConfirmingJobs">
/// True when runners run base and head in turns after a job's report suspects a change.
/// </param>
/// <param name="Measures">The measures with their own settings.</param>
public sealed record VerdictSettings(
    double Alarms,
    double MinimumEffect,
    bool ReproducedFails,
    bool BesideThresholds,
    bool ConfirmingJobs,
    IReadOnlyList<MeasureVerdicts> Measures,
    FourWeeks FourWeeks
);

/// <summary>Counts of the verdicts in the last four weeks.</summary>
/// <param name="SeriesCommits">How many results were judged.</param>
/// <param name="Proven">How many changes for the worse were proven.</param>
/// <param name="Dismissed">How many of the proven changes a person dismissed: the false alarms.</param>
/// <param name="Refuted">How many suspicions were refuted by reruns or pairs.</param>
public sealed record FourWeeks(long SeriesCommits, long Proven, long Dismissed, long Refuted);

/// <summary>How one measure is judged.</summary>
/// <param name="Direction">The direction that was set, or a guess from the units.</param>
/// <param name="MinimumEffect">Null for the project's setting.</param>
public sealed record MeasureVerdicts(
    Guid Measure,
    string Name,
    string Slug,
    [property: JsonConverter(typeof(WordConverter<Direction>))] Direction Direction,
    bool IsGuessed,
    double? MinimumEffect
);

/// <summary>Changes settings. Absent members keep their values.</summary>
/// <param name="Measures">
/// Settings by measure. Each replaces all settings of the measure; an empty one resets them.
/// </param>
public sealed record VerdictSettingsPatch(
    double? Alarms = null,
    double? MinimumEffect = null,
    bool? ReproducedFails = null,
    bool? BesideThresholds = null,
    bool? ConfirmingJobs = null,
    Dictionary<NameId<ResourceName>, NewMeasureVerdicts>? Measures = null
);

public sealed record NewMeasureVerdicts(
    [property: JsonConverter(typeof(WordConverter<Direction>))] Direction? Direction = null,
    double? MinimumEffect = null
);

using System.Globalization;
using System.Text.Json.Serialization;
using Paddock.Core.Wire;

namespace Paddock.Core.Analysis;

/// <summary>
/// How limits are computed from a history. The words are values of the API and of the database; <c>z</c> and <c>t</c>
/// are also read.
/// </summary>
[JsonConverter(typeof(WordConverter<ModelTest>))]
public enum ModelTest
{
    Static,
    Percentage,
    ZScore,
    TTest,
    LogNormal,
    Iqr,
    DeltaIqr,
}

/// <summary>
/// The rule of a threshold. <see cref="Window"/> is in seconds. The meaning of a boundary depends on the test: the
/// limit itself (static), a fraction of the mean (percentage), a probability (z_score, t_test, log_normal), a multiple
/// of the interquartile range (iqr, delta_iqr).
/// </summary>
public sealed record Model(
    ModelTest Test,
    uint? MinSampleSize = null,
    uint? MaxSampleSize = null,
    uint? Window = null,
    double? LowerBoundary = null,
    double? UpperBoundary = null
)
{
    /// <summary>The error in this model: the field, its value and the allowed values. Null for a valid model.</summary>
    /// <param name="inRun">
    /// True for a model in a run or report: there v0 accepts sample sizes and a window together with a static test,
    /// which ignores them.
    /// </param>
    public string? Problem(bool inRun = false) =>
        BoundaryProblem("lower_boundary", LowerBoundary)
        ?? BoundaryProblem("upper_boundary", UpperBoundary)
        ?? (Test == ModelTest.Static ? StaticProblem(inRun) : SampleProblem())
        ?? (
            LowerBoundary is null && UpperBoundary is null
                ? $"a {Words<ModelTest>.Of(Test)} model needs lower_boundary, upper_boundary or both"
                : null
        );

    private string? BoundaryProblem(string field, double? given)
    {
        if (given is not { } boundary)
            return null;
        var (isAllowed, allowed) = Test switch
        {
            ModelTest.Static => (true, "a finite number"),
            ModelTest.Percentage => (boundary >= 0, "0 or more, as a fraction of the mean (0.1 is 10 %)"),
            ModelTest.ZScore or ModelTest.TTest or ModelTest.LogNormal => (
                boundary is >= 0.5 and < 1,
                "a probability from 0.5 up to, but not including, 1"
            ),
            ModelTest.Iqr or ModelTest.DeltaIqr => (
                boundary >= 0,
                "0 or more, as a multiple of the interquartile range"
            ),
        };
        return isAllowed && double.IsFinite(boundary)
            ? null
            : $"{field} of a {Words<ModelTest>.Of(Test)} model is {Text(boundary)}; allowed: {allowed}";
    }

    /// <summary>
    /// The model without unused settings: a static test reads no sample, so its sample sizes and window are removed.
    /// </summary>
    public Model ForJudging() =>
        Test == ModelTest.Static ? this with { MinSampleSize = null, MaxSampleSize = null, Window = null } : this;

    /// <summary>
    /// True when the second value of a series is judged by the first alone. The other tests need two values for a
    /// spread, and a static limit needs no history.
    /// </summary>
    [JsonIgnore] // Not a field of v0.
    public bool JudgesByOneValue =>
        Test is ModelTest.Percentage or ModelTest.Iqr
        && MinSampleSize is null or < 2
        && (LowerBoundary is not null || UpperBoundary is not null);

    private string? StaticProblem(bool inRun) =>
        (
            inRun
                ? null
                : NotForStatic("min_sample_size", MinSampleSize)
                    ?? NotForStatic("max_sample_size", MaxSampleSize)
                    ?? NotForStatic("window", Window)
        )
        ?? (
            LowerBoundary > UpperBoundary
                ? $"lower_boundary of a static model is {Text(LowerBoundary.Value)}; allowed: at most its "
                    + $"upper_boundary, {Text(UpperBoundary.Value)}"
                : null
        );

    private static string? NotForStatic(string field, uint? given) =>
        given is null ? null : $"{field} is {Text(given.Value)}, but a static model uses no history; leave it out";

    private string? SampleProblem()
    {
        var least = Test == ModelTest.Percentage ? 1u : 2u;
        return SizeProblem("min_sample_size", MinSampleSize, least)
            ?? SizeProblem("max_sample_size", MaxSampleSize, least)
            ?? (Window == 0 ? "window is 0; allowed: 1 or more seconds" : null)
            ?? (
                MinSampleSize > MaxSampleSize
                    ? $"min_sample_size is {Text(MinSampleSize.Value)}; allowed: at most max_sample_size, "
                        + $"{Text(MaxSampleSize.Value)}"
                    : null
            );
    }

    private string? SizeProblem(string field, uint? given, uint least) =>
        given < least
            ? $"{field} of a {Words<ModelTest>.Of(Test)} model is {Text(given.Value)}; allowed: {Text(least)} or more"
            : null;

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}

using System.Globalization;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Server.Results.Thresholds;

/// <summary>The words in which pages describe a threshold's model.</summary>
internal static class ModelWords
{
    private const double SecondsOfDay = 86_400;

    /// <summary>Each test with its common name, in the order of the form.</summary>
    public static IReadOnlyList<(string Value, string Text)> Tests { get; } =
    [
        (Word(ModelTest.TTest), "t-test: outside the range in which the next value should lie"),
        (Word(ModelTest.Percentage), "percentage: a share above or below the mean"),
        (Word(ModelTest.ZScore), "z-score: as the t-test, for long histories"),
        (Word(ModelTest.LogNormal), "log-normal: as the t-test, of the logarithms"),
        (Word(ModelTest.Iqr), "IQR: a multiple of the interquartile range around the median"),
        (Word(ModelTest.DeltaIqr), "delta IQR: the same, of the steps between values"),
        (Word(ModelTest.Static), "static: a fixed limit"),
    ];

    public static string Name(ModelTest test) =>
        test switch
        {
            ModelTest.Static => "fixed limit",
            ModelTest.Percentage => "percentage of the mean",
            ModelTest.ZScore => "z-score",
            ModelTest.TTest => "t-test",
            ModelTest.LogNormal => "log-normal",
            ModelTest.Iqr => "interquartile range",
            ModelTest.DeltaIqr => "interquartile range of the steps",
        };

    /// <summary>"t-test, upper 0.99, of at most 64 values within 30 days".</summary>
    public static string Of(ThresholdModel model)
    {
        var parts = new List<string> { Name(model.Test) };
        if (model.LowerBoundary is { } lower)
            parts.Add($"lower {Number(lower)}");
        if (model.UpperBoundary is { } upper)
            parts.Add($"upper {Number(upper)}");
        var sample = (model.MinSampleSize, model.MaxSampleSize) switch
        {
            ({ } min, { } max) => $"of {min} to {max} values",
            ({ } min, null) => $"of {min} values or more",
            (null, { } max) => $"of at most {max} values",
            _ => null,
        };
        if (sample is not null)
            parts.Add(sample);
        if (model.Window is { } window)
            parts.Add($"within {Days(window)} {(window == SecondsOfDay ? "day" : "days")}");
        return string.Join(", ", parts);
    }

    /// <inheritdoc cref="Model.JudgesByOneValue"/>
    public static bool JudgesByOneValue(ThresholdModel model) =>
        new Model(
            model.Test,
            model.MinSampleSize,
            LowerBoundary: model.LowerBoundary,
            UpperBoundary: model.UpperBoundary
        ).JudgesByOneValue;

    /// <summary>Formats a number of seconds as days.</summary>
    public static string Days(uint seconds) => (seconds / SecondsOfDay).ToString("0.###", CultureInfo.InvariantCulture);

    public static string Number(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static string Word(ModelTest test) => Words<ModelTest>.Of(test);
}

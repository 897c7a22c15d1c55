namespace Paddock.Core.Adapters;

/// <summary>A result that a harness printed but that is not recorded.</summary>
/// <param name="What">The benchmark, as the harness names it.</param>
/// <param name="Why">One reason, without a full stop.</param>
public readonly record struct LeftOut(string What, string Why)
{
    /// <summary>How many entries are kept by name. The others are only counted.</summary>
    public const int Max = 100;

    /// <summary>
    /// The reason for a benchmark whose name was printed before it ran, but whose figures were never printed.
    /// </summary>
    internal const string NoFigures = "its figures are missing";

    private const int LengthMax = 200;

    internal static string Shortened(string text)
    {
        if (text.Length <= LengthMax)
            return text;
        var end = char.IsHighSurrogate(text[LengthMax - 1]) ? LengthMax - 1 : LengthMax;
        return text[..end] + "…";
    }
}

/// <summary>The measures of a harness that are recorded.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(Wire.WordConverter<Measures>))]
public enum Measures
{
    /// <summary>The measures of speed, and those that an adapter has always recorded.</summary>
    Usual,

    /// <summary>Every number that the harness gives for a benchmark. More series mean more false alarms.</summary>
    All,
}

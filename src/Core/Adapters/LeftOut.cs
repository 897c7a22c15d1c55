namespace Paddock.Core.Adapters;

/// <summary>Something that a harness printed and that is not recorded.</summary>
/// <param name="What">The benchmark, as the harness names it.</param>
/// <param name="Why">One reason, without a full stop.</param>
public readonly record struct LeftOut(string What, string Why)
{
    /// <summary>How many are kept by name; of the others only how many they are.</summary>
    public const int Max = 100;

    /// <summary>Why a benchmark is not recorded whose name was printed before it ran, and nothing after.</summary>
    internal const string NoFigures = "its figures never came";

    private const int LengthMax = 200;

    internal static string Shortened(string text)
    {
        if (text.Length <= LengthMax)
            return text;
        var end = char.IsHighSurrogate(text[LengthMax - 1]) ? LengthMax - 1 : LengthMax;
        return text[..end] + "…";
    }
}

/// <summary>Which of a harness's measures are recorded.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(Wire.WordConverter<Measures>))]
public enum Measures
{
    /// <summary>Those that say how fast it was, and what an adapter has always recorded.</summary>
    Usual,

    /// <summary>Every number that the harness gives for a benchmark. More series mean more false alarms.</summary>
    All,
}

namespace Paddock.Core.Adapters.Reading;

/// <summary>A number of a document, or the text found in its place. An unused figure may hold anything.</summary>
internal readonly struct Figure
{
    private const int ShownMax = 40;

    private Figure(double? value, string? instead) => (Value, Instead) = (value, instead);

    /// <summary>The number; null if there is none.</summary>
    public double? Value { get; }

    /// <summary>The text found instead of a number, as it is shown; null if there is no text either.</summary>
    public string? Instead { get; }

    /// <summary>
    /// True when there is a value that is neither a number nor null. Null only means that there is no number.
    /// </summary>
    public bool IsOdd => Instead is not null and not "null";

    public static Figure Of(double value) => new(value, instead: null);

    public static Figure Other(string shown) =>
        new(value: null, shown.Length <= ShownMax ? shown : shown[..ShownMax] + "…");

    /// <summary>The reason why the field has no number: "its mean is missing", "its mean is NaN".</summary>
    public string Why(string field) => Instead is null ? $"its {field} is missing" : $"its {field} is {Instead}";
}

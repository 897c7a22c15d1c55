namespace Paddock.Core.Adapters.Reading;

/// <summary>A number of a document, or what stands in its place. One that nobody asks for may be anything.</summary>
internal readonly struct Figure
{
    private const int ShownMax = 40;

    private Figure(double? value, string? instead) => (Value, Instead) = (value, instead);

    /// <summary>Null where there is no number.</summary>
    public double? Value { get; }

    /// <summary>What stands there that is no number, as it is shown; null where nothing does.</summary>
    public string? Instead { get; }

    /// <summary>Whether there is anything that is no number, and not the null of those who have none either.</summary>
    public bool IsOdd => Instead is not null and not "null";

    public static Figure Of(double value) => new(value, instead: null);

    public static Figure Other(string shown) =>
        new(value: null, shown.Length <= ShownMax ? shown : shown[..ShownMax] + "…");

    /// <summary>Why there is no number, for a field of this name: "its mean is missing", "its mean is NaN".</summary>
    public string Why(string field) => Instead is null ? $"its {field} is missing" : $"its {field} is {Instead}";
}

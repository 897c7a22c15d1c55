using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// The internal key of a row. The type parameter lets the compiler refuse the key of another kind of row.
/// </summary>
/// <typeparam name="T">
/// A marker for the kind of row: the type that clients know it by (<c>Id&lt;Report&gt;</c>), or its row type if there
/// is no such type (<c>Id&lt;VersionRow&gt;</c>).
/// </typeparam>
/// <remarks>Clients see UUIDs and slugs only, so serializing a key as JSON fails.</remarks>
[JsonConverter(typeof(NoJsonForIds))]
internal readonly record struct Id<T>(long Value) : IComparable<Id<T>>, ISpanFormattable
{
    // Without operators of its own for numbers, a key would equal the key of another kind of row with the same number.
    private const string Confused =
        "This compares a key with something else. Compare keys of one kind, or their Values.";

    /// <summary>True when a query has found no row: keys start at 1.</summary>
    public bool IsNone => Value == 0;

    // Written by hand: the generated members fetch the comparer through shared generic code on each call. Dictionaries
    // that are read for every metric or point still use plain numbers as keys, because shared generic code is slower
    // there.
    public bool Equals(Id<T> other) => Value == other.Value;

    public override int GetHashCode() => Value.GetHashCode();

    public int CompareTo(Id<T> other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    public string ToString(string? format, IFormatProvider? formatProvider) => Value.ToString(format, formatProvider);

    public bool TryFormat(
        Span<char> destination,
        out int charsWritten,
        ReadOnlySpan<char> format,
        IFormatProvider? provider
    ) => Value.TryFormat(destination, out charsWritten, format, provider);

    /// <summary>For code that takes the key of any kind of row.</summary>
    public static implicit operator long(Id<T> id) => id.Value;

    [Obsolete(Confused, error: true)]
    public static bool operator ==(Id<T> left, long right) => throw new NotSupportedException(Confused);

    [Obsolete(Confused, error: true)]
    public static bool operator !=(Id<T> left, long right) => throw new NotSupportedException(Confused);

    public static bool operator <(Id<T> left, Id<T> right) => left.Value < right.Value;

    public static bool operator >(Id<T> left, Id<T> right) => left.Value > right.Value;

    public static bool operator <=(Id<T> left, Id<T> right) => left.Value <= right.Value;

    public static bool operator >=(Id<T> left, Id<T> right) => left.Value >= right.Value;
}

internal static class Ids
{
    /// <summary>Converts keys to the plain numbers that bulk statements take.</summary>
    public static long[] Numbers<T>(this IReadOnlyCollection<Id<T>> ids) =>
        ids is Id<T>[] array ? MemoryMarshal.Cast<Id<T>, long>(array).ToArray() : [.. ids.Select(id => id.Value)];
}

/// <summary>Marks the keys of series: <c>Id&lt;Series&gt;</c>. A series has no row type.</summary>
internal abstract class Series;

/// <summary>Refuses to serialize internal keys, so that none reaches a client by mistake.</summary>
internal sealed class NoJsonForIds : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => true;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Internal ids are not serialized; JSON contains UUIDs and slugs.");
}

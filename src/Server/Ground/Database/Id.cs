using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// The internal key of a row. The compiler refuses the key of one kind of row where another kind is meant.
/// </summary>
/// <typeparam name="T">
/// Only tells the kinds apart: the type under which clients know the thing (<c>Id&lt;Report&gt;</c>), or its row where
/// they know none of that name (<c>Id&lt;VersionRow&gt;</c>).
/// </typeparam>
/// <remarks>Clients know UUIDs and slugs, so a key refuses to be written as JSON.</remarks>
[JsonConverter(typeof(NoJsonForIds))]
internal readonly record struct Id<T>(long Value) : IComparable<Id<T>>, ISpanFormattable
{
    // Written out: the generated ones ask for the comparer of the shared generic code each time. Tables of keys that
    // are looked into for each metric or point hold plain numbers all the same: shared code is slower there.
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

    /// <summary>For what takes the key of anything.</summary>
    public static implicit operator long(Id<T> id) => id.Value;

    public static bool operator <(Id<T> left, Id<T> right) => left.Value < right.Value;

    public static bool operator >(Id<T> left, Id<T> right) => left.Value > right.Value;

    public static bool operator <=(Id<T> left, Id<T> right) => left.Value <= right.Value;

    public static bool operator >=(Id<T> left, Id<T> right) => left.Value >= right.Value;
}

internal static class Ids
{
    /// <summary>The plain numbers, as bulk statements take them.</summary>
    public static long[] Numbers<T>(this IReadOnlyCollection<Id<T>> ids) =>
        ids is Id<T>[] array ? MemoryMarshal.Cast<Id<T>, long>(array).ToArray() : [.. ids.Select(id => id.Value)];
}

/// <summary>Marks the keys of series: <c>Id&lt;Series&gt;</c>. A series has no row type.</summary>
internal abstract class Series;

/// <summary>Refuses internal keys in JSON, so that none travels by mistake.</summary>
internal sealed class NoJsonForIds : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => true;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Internal keys stay inside: JSON has UUIDs and slugs.");
}

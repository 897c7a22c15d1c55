using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

[JsonConverter(typeof(WordConverter<XAxis>))]
public enum XAxis
{
    DateTime,
    Version,
}

[JsonConverter(typeof(WordConverter<YAxis>))]
public enum YAxis
{
    Auto,
    Linear,
    Log,
}

/// <param name="Window">Seconds.</param>
public sealed record Plot(
    Guid Uuid,
    Guid Project,
    string? Title,
    bool LowerValue,
    bool UpperValue,
    bool LowerBoundary,
    bool UpperBoundary,
    XAxis XAxis,
    YAxis YAxis,
    uint Window,
    IReadOnlyList<Guid> Branches,
    IReadOnlyList<Guid> Testbeds,
    IReadOnlyList<Guid> Benchmarks,
    IReadOnlyList<Guid> Measures,
    DateTimeOffset Created,
    DateTimeOffset Modified
);

public sealed record NewPlot(
    bool LowerValue,
    bool UpperValue,
    bool LowerBoundary,
    bool UpperBoundary,
    XAxis XAxis,
    uint Window,
    IReadOnlyList<Guid> Branches,
    IReadOnlyList<Guid> Testbeds,
    IReadOnlyList<Guid> Benchmarks,
    IReadOnlyList<Guid> Measures,
    YAxis? YAxis = null,
    byte? Index = null,
    ResourceName? Title = null
);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PlotPatch
{
    [JsonConverter(typeof(NullableOptionalConverter<ResourceName>))]
    public Optional<ResourceName> Title { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<byte>))]
    public Optional<byte> Index { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<bool>))]
    public Optional<bool> LowerValue { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<bool>))]
    public Optional<bool> UpperValue { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<bool>))]
    public Optional<bool> LowerBoundary { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<bool>))]
    public Optional<bool> UpperBoundary { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<XAxis>))]
    public Optional<XAxis> XAxis { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<YAxis>))]
    public Optional<YAxis> YAxis { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<uint>))]
    public Optional<uint> Window { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<IReadOnlyList<Guid>>))]
    public Optional<IReadOnlyList<Guid>> Branches { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<IReadOnlyList<Guid>>))]
    public Optional<IReadOnlyList<Guid>> Testbeds { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<IReadOnlyList<Guid>>))]
    public Optional<IReadOnlyList<Guid>> Benchmarks { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<IReadOnlyList<Guid>>))]
    public Optional<IReadOnlyList<Guid>> Measures { get; init; }
}

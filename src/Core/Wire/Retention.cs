using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>The rule for a project's old results. The words are part of the API.</summary>
[JsonConverter(typeof(WordConverter<RetentionPolicy>))]
public enum RetentionPolicy
{
    /// <summary>Keeps all results.</summary>
    Keep,

    /// <summary>
    /// Keeps the last, the least and the greatest value of each series and day, and the values that alerts and changes
    /// refer to.
    /// </summary>
    Thin,

    /// <summary>Removes old reports.</summary>
    Drop,
}

/// <summary>How long a project keeps its results. Not in v0.</summary>
/// <param name="Days">Results that are older than this are thinned or dropped.</param>
/// <param name="Archive">True when removed results are archived first.</param>
/// <param name="Looked">When the project was last swept; null before the first time.</param>
/// <param name="Removed">How many results retention has removed from reports that still exist.</param>
public sealed record RetentionSettings(
    RetentionPolicy Policy,
    int Days,
    bool Archive,
    DateTimeOffset? Looked,
    long Removed
);

/// <summary>Sets the given members; absent ones keep their values.</summary>
public sealed record RetentionSettingsPatch(RetentionPolicy? Policy = null, int? Days = null, bool? Archive = null);

/// <summary>The number of results that a policy would remove now. Not in v0.</summary>
/// <param name="Before">Reports that started earlier are old.</param>
/// <param name="Reports">How many reports have old results.</param>
/// <param name="Metrics">How many old results there are.</param>
/// <param name="Removed">How many of them would be removed.</param>
/// <param name="IsComplete">
/// False where there are too many to count at once: the numbers then cover only the oldest reports.
/// </param>
public sealed record RetentionPreview(
    RetentionPolicy Policy,
    int Days,
    DateTimeOffset Before,
    long Reports,
    long Metrics,
    long Removed,
    bool IsComplete
);

/// <summary>A file with results that retention has removed. Not in v0.</summary>
/// <param name="First">When the first of its reports started.</param>
/// <param name="Last">When the last of its reports started.</param>
public sealed record RetentionArchive(
    Guid Uuid,
    DateTimeOffset Created,
    DateTimeOffset First,
    DateTimeOffset Last,
    long Reports,
    long Metrics,
    long Bytes
);

using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>The subject of a notice. The words are part of the API.</summary>
[JsonConverter(typeof(WordConverter<NoticeKind>))]
public enum NoticeKind
{
    /// <summary>The project has no branch of the start point's name.</summary>
    StartPointUnknown,

    /// <summary>The start point's branch has no version yet.</summary>
    StartPointUnmeasured,

    /// <summary>The start point's branch has no version with the given hash.</summary>
    StartPointHashUnknown,

    /// <summary>The given hash is on a head of the start point's branch that a reset has replaced.</summary>
    StartPointBeforeReset,

    /// <summary>A mean was computed over several outputs, and some of them lack the benchmark.</summary>
    MeanOfAPart,

    /// <summary>The benchmark command failed, but the results it produced before that were sent.</summary>
    CommandFailed,

    /// <summary>A threshold computed its limits from one earlier value.</summary>
    JudgedByOneValue,

    /// <summary>The project's retention has removed some of the report's results.</summary>
    ResultsRemoved,
}

/// <summary>
/// Tells the caller that a request was not carried out as asked, or something to know about a result. Not in v0.
/// </summary>
/// <param name="Text">One or two whole sentences: what happened, and what was used instead.</param>
public sealed record Notice(NoticeKind Kind, string Text);

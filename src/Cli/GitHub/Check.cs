using System.Text;
using System.Text.Json;

namespace Paddock.Cli.GitHub;

/// <summary>A check run at its start (without a conclusion) or at its end.</summary>
/// <param name="Summary">HTML or Markdown.</param>
internal sealed record Check(string Name, string Title, string Summary, CheckConclusion? Conclusion = null)
{
    private const int NameBytesMax = 255;

    /// <summary>The name under which people make it a required check.</summary>
    /// <param name="id">The text in brackets: a project, or <c>--ci-id</c>.</param>
    public static string NameFor(string? id)
    {
        var title = $"{ProgramName.Product} Report";
        return id is null ? title : $"{Cut($"{title} ({id}", NameBytesMax - 1)})";
    }

    /// <summary>The given name, cut to the length that GitHub accepts.</summary>
    public static string NameOf(string given) => Cut(given, NameBytesMax);

    public void Write(Utf8JsonWriter writer, string? headSha)
    {
        writer.WriteStartObject();
        writer.WriteString("name", Name);
        if (headSha is not null)
            writer.WriteString("head_sha", headSha);
        writer.WriteString("status", Conclusion is null ? "in_progress" : "completed");
        if (Conclusion is { } conclusion)
            writer.WriteString("conclusion", conclusion == CheckConclusion.Success ? "success" : "failure");
        writer.WriteStartObject("output");
        writer.WriteString("title", Title);
        writer.WriteString("summary", Summary);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static string Cut(string name, int bytesMax)
    {
        var bytes = 0;
        for (var i = 0; i < name.Length; )
        {
            var rune = Rune.GetRuneAt(name, i);
            if ((bytes += rune.Utf8SequenceLength) > bytesMax)
                return name[..i];
            i += rune.Utf16SequenceLength;
        }
        return name;
    }
}

internal enum CheckConclusion
{
    Success,
    Failure,
}

using System.Text;
using System.Text.Json;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Jobs;

/// <summary>
/// The reserved file name under which build times and file sizes are sent; no real file can have it. The values mean
/// the same as those that the command line measures locally.
/// </summary>
internal static class PseudoFile
{
    public const string Name = "\0bencher"; // Fixed by the protocol.

    /// <returns>Null when neither was requested or no file was found; standard output counts then.</returns>
    public static string? Of(JobOrder order, TimeSpan duration, IReadOnlyList<CollectedFile> files)
    {
        if (!order.BuildTime && (!order.FileSize || files.Count == 0))
            return null;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (order.BuildTime)
                Write(json, BuildName(order), "build-time", Math.Round(duration.TotalSeconds, 2));
            if (order.FileSize)
                foreach (var (name, size) in Sizes(files))
                    Write(json, name, "file-size", size);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static string BuildName(JobOrder order) =>
        string.Join(' ', [.. order.Entrypoint ?? [], .. order.Cmd ?? []]) is { Length: > 0 } command
            ? command
            : order.ImageName;

    // Of two files with the same name, the last one counts.
    private static OrderedDictionary<string, long> Sizes(IReadOnlyList<CollectedFile> files)
    {
        var sizes = new OrderedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var file in files)
            sizes[Path.GetFileName(file.Path.TrimEnd('/'))] = file.Size;
        return sizes;
    }

    private static void Write(Utf8JsonWriter json, string benchmark, string measure, double value)
    {
        json.WriteStartObject(benchmark);
        json.WriteStartObject(measure);
        json.WriteNumber("value", value);
        json.WriteNull("lower_value");
        json.WriteNull("upper_value");
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

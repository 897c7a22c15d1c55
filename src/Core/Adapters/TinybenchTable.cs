using System.Buffers;
using System.Text;
using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads <c>console.table(bench.table())</c> as drawn by Node, Deno and Bun. Each row is converted back to its object,
/// with the headings that tinybench uses today.
/// </summary>
internal static class TinybenchTable
{
    private const string Latency = "Latency avg (ns)";

    public static Results? Read(ref Output output, Average? average)
    {
        if (!output.Has("│ Task "u8))
            return null;
        var rows = new List<Dictionary<string, string>>();
        string[]? headings = null;
        foreach (var line in new Lines(output.Text))
        {
            var text = line.TrimStart(" \t"u8);
            if (!text.StartsWith("│"u8))
            {
                if (text.StartsWith("└"u8))
                    headings = null;
                continue;
            }
            string[] cells = [.. Encoding.UTF8.GetString(text).Trim('│').Split('│').Select(cell => Bare(cell.Trim()))];
            if (headings is null)
                headings = Array.Exists(cells, cell => cell is "Task name" or "Task Name")
                    ? [.. cells.Select(Today)]
                    : null;
            else if (cells.Length == headings.Length)
                rows.Add(Row(headings, cells));
        }
        var read = rows.FindAll(row => row.ContainsKey(Latency) || row.ContainsKey("Error"));
        if (read.Count == 0)
            return null;
        var json = new Output(Json(read), output.Options);
        var results = JsTinybench.Read(ref json, average);
        foreach (var row in rows.Except(read))
            results?.LeaveOut(row.GetValueOrDefault("Task name", "a row of the table"), "it has no latency");
        return results;
    }

    private static Dictionary<string, string> Row(string[] headings, string[] cells)
    {
        var row = new Dictionary<string, string>();
        for (var i = 0; i < headings.Length; i++)
            if (cells[i].Length > 0)
                row.TryAdd(headings[i], cells[i]);
        // Before version 3, the margin was in a separate column.
        if (row.Remove("Margin", out var margin) && row.TryGetValue(Latency, out var latency))
            row[Latency] = $"{latency} {margin}";
        return row;
    }

    private static string Today(string heading) =>
        heading switch
        {
            "Task Name" => "Task name",
            "ops/sec" => "Throughput avg (ops/s)",
            "Average Time (ns)" => Latency,
            "Latency average (ns)" => Latency,
            _ => heading,
        };

    // Strings are in quotation marks, numbers are not.
    private static string Bare(string cell) =>
        cell is ['\'', _, .., '\''] or ['"', _, .., '"'] or ['`', _, .., '`'] ? cell[1..^1] : cell;

    private static byte[] Json(List<Dictionary<string, string>> rows)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var row in rows)
            {
                json.WriteStartObject();
                // The name is written first, because it identifies the object as a row of the table.
                if (row.Remove("Task name", out var name))
                    json.WriteString("Task name", name);
                foreach (var (heading, cell) in row)
                    json.WriteString(heading, cell);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return buffer.WrittenSpan.ToArray();
    }
}

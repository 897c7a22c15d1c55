using System.Globalization;
using System.Text;

namespace Paddock.Torture;

/// <summary>How often each fault was injected, and the outcome.</summary>
internal sealed class Summary
{
    private readonly List<(string Fault, int Times, string Outcome)> rows = [];

    public void Add(string fault, int times, string outcome)
    {
        rows.Add((fault, times, outcome));
        Console.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {fault}: {times}; {outcome}");
    }

    public string Text(Setup setup, Findings findings)
    {
        var text = new StringBuilder();
        var width = rows.Select(row => row.Fault.Length).Append("fault".Length).Max();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"\nseed {setup.Seed}, {setup.Engine}\n\n{"fault".PadRight(width)}  {"times", 7}  outcome"
        );
        foreach (var (fault, times, outcome) in rows)
            text.AppendLine(CultureInfo.InvariantCulture, $"{fault.PadRight(width)}  {times, 7:N0}  {outcome}");
        text.AppendLine(findings.IsEmpty ? "\nno findings" : $"\n{findings.All.Count} kinds of findings:");
        foreach (var (finding, times) in findings.All)
            text.AppendLine(CultureInfo.InvariantCulture, $"{times, 6} x {finding}");
        return text.ToString();
    }
}

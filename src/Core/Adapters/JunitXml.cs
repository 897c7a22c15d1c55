using System.Buffers;
using System.Globalization;
using System.Text;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the durations of the tests in a JUnit XML report. Tests that failed, broke or were skipped are left out. For a
/// repeated test, the average of its times is recorded.
/// </summary>
internal static class JunitXml
{
    private static readonly SearchValues<byte> NumberBytes = SearchValues.Create("0123456789.,"u8);
    private static readonly SearchValues<byte> UnitEnds = SearchValues.Create(" \t0123456789"u8);
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average)
    {
        if (!output.Has("<testcase"u8))
            return null;
        var results = output.NewResults();
        bool? commaIsDecimal = null;
        var tags = new Tags(output.Text);
        var test = new Test { Suite = [] };
        IReadOnlyList<Parameter> suite = [];
        while (tags.MoveNext())
        {
            if (tags.IsEnd("testcase"u8))
                test.AddTo(results);
            else if (tags.Is("testcase"u8))
            {
                test = new Test { Name = NameOf(tags), Suite = suite };
                var time = tags.Bytes("time"u8);
                if (time.IndexOf((byte)',') >= 0)
                    commaIsDecimal ??= HasDecimalComma(output.Text);
                test.SetTime(time, commaIsDecimal is true);
                if (tags.IsEmptyElement)
                    test.AddTo(results);
            }
            else if (tags.Is("testsuite"u8))
                suite = SuiteOf(tags);
            else if (test.Name is not null)
                test.Why ??=
                    tags.Is("failure"u8) ? "it failed"
                    : tags.Is("error"u8) ? "it broke off"
                    : tags.Is("skipped"u8) ? "it was skipped"
                    : null;
        }
        return average is null ? output.Finish(results)
            : Averaged(results, output.NewResults(), average.Value) is { } averaged ? output.Finish(averaged)
            : null;
    }

    // A report has no averages, but they can be computed for tests that were repeated. Null if no test was repeated.
    private static Results? Averaged(Results all, Results averaged, Average average)
    {
        averaged.AverageOfRepeats = average;
        averaged.LeaveOutAsWell(all);
        foreach (var benchmark in all.Benchmarks)
        {
            if (benchmark.SamplesOf(0) is { } times)
                foreach (var time in times)
                    averaged.Sample(averaged.Benchmark(benchmark.Identity!), BuiltInMeasure.Latency.Id, time);
            else
                averaged.LeaveOut(
                    benchmark.Identity!.Plain,
                    $"it ran once, which has no {Wire.Words<Average>.Of(average)}"
                );
        }
        return averaged.Benchmarks.Count == 0 ? null : averaged;
    }

    // A report that uses a decimal comma (0,19) does not use commas to separate thousands.
    private static bool HasDecimalComma(ReadOnlySpan<byte> xml)
    {
        var tags = new Tags(xml);
        while (tags.MoveNext())
            if (DecimalText.HasDecimalComma(tags.Bytes("time"u8)))
                return true;
        return false;
    }

    private static string NameOf(Tags tags)
    {
        var (suite, name) = (tags.Attribute("classname"u8), tags.Attribute("name"u8) ?? "");
        return string.IsNullOrEmpty(suite) ? name : $"{suite}.{name}";
    }

    // Tests that run in several browsers or on several systems have the same names, in suites that are named after the
    // browser or system.
    private static List<Parameter> SuiteOf(Tags tags)
    {
        var suite = new List<Parameter>();
        if (tags.Attribute("name"u8) is { Length: > 0 } name)
            suite.Add(new("suite", name, IsCircumstance: true));
        if (tags.Attribute("hostname"u8) is { Length: > 0 } host)
            suite.Add(new("hostname", host, IsCircumstance: true));
        return suite;
    }

    private struct Test
    {
        private double? nanoseconds;
        private string? shownTime;

        public string? Name { get; set; }
        public required IReadOnlyList<Parameter> Suite { get; init; }
        public string? Why { get; set; }

        public void SetTime(ReadOnlySpan<byte> text, bool commaIsDecimal)
        {
            nanoseconds = DecimalText.TryParse(text, commaIsDecimal, out var seconds)
                ? seconds * SecondNanoseconds
                : Duration(text, commaIsDecimal);
            if (nanoseconds is null && !text.IsEmpty)
                shownTime = Encoding.UTF8.GetString(text);
        }

        public void AddTo(Results results)
        {
            if (Name is null)
                return;
            if (Why is not null)
                results.LeaveOut(Name, Why);
            else if (nanoseconds is null)
                results.LeaveOut(Name, shownTime is null ? "its time is missing" : $"its time is {shownTime}");
            else if (Found.Name(Name) is null || !double.IsFinite(nanoseconds.Value))
                results.LeaveOut(Name, "its name or time is not valid");
            else
                results.Sample(
                    results.Benchmark(new Identity(Name, Suite)),
                    BuiltInMeasure.Latency.Id,
                    new(nanoseconds.Value)
                );
            Name = null;
        }

        // "80.803us", "1m 30.5s", as written by kotest.
        private static double? Duration(ReadOnlySpan<byte> text, bool commaIsDecimal)
        {
            var sum = 0.0;
            text = text.Trim(" \t"u8);
            if (text.IsEmpty)
                return null;
            while (!text.IsEmpty)
            {
                var digits = text.IndexOfAnyExcept(NumberBytes);
                if (digits <= 0 || !DecimalText.TryParse(text[..digits], commaIsDecimal, out var number))
                    return null;
                text = text[digits..].TrimStart(" \t"u8);
                var end = text.IndexOfAny(UnitEnds);
                var unit = end < 0 ? text : text[..end];
                text = text[unit.Length..].TrimStart(" \t"u8);
                if (UnitOf(unit) is not { } scale)
                    return null;
                sum += number * scale;
            }
            return sum;
        }

        private static double? UnitOf(ReadOnlySpan<byte> unit) =>
            unit.SequenceEqual("m"u8) ? 60 * SecondNanoseconds
            : unit.SequenceEqual("h"u8) ? 3600 * SecondNanoseconds
            : unit.SequenceEqual("d"u8) ? 86400 * SecondNanoseconds
            : Lexing.UnitWord(Encoding.UTF8.GetString(unit));
    }

    /// <summary>
    /// The tags of a document in order. Comments, processing instructions and CDATA sections are skipped with their
    /// contents.
    /// </summary>
    private ref struct Tags(ReadOnlySpan<byte> xml)
    {
        private ReadOnlySpan<byte> rest = xml;
        private ReadOnlySpan<byte> tag;

        public readonly bool IsEmptyElement => tag.EndsWith("/"u8);

        public bool MoveNext()
        {
            while (rest.IndexOf((byte)'<') is >= 0 and var open)
            {
                rest = rest[(open + 1)..];
                if (rest.StartsWith("!--"u8))
                    SkipTo("-->"u8);
                else if (rest.StartsWith("![CDATA["u8))
                    SkipTo("]]>"u8);
                else if (rest.StartsWith("?"u8))
                    SkipTo("?>"u8);
                else
                {
                    var length = Length();
                    if (length < 0)
                        return false;
                    tag = rest[..length];
                    rest = rest[(length + 1)..];
                    return true;
                }
            }
            return false;
        }

        public readonly bool Is(ReadOnlySpan<byte> name) =>
            tag.StartsWith(name)
            && (tag.Length == name.Length || tag[name.Length] is (byte)'/' || IsSpace(tag[name.Length]));

        public readonly bool IsEnd(ReadOnlySpan<byte> name) =>
            tag.Length > name.Length && tag[0] == '/' && tag[1..].TrimEnd(" \t\r\n"u8).SequenceEqual(name);

        /// <summary>The value of an attribute with its references resolved; null if there is none.</summary>
        public readonly string? Attribute(ReadOnlySpan<byte> name) =>
            Find(name, out var value) ? Resolved(value) : null;

        /// <summary>The raw value of an attribute; empty if there is none.</summary>
        public readonly ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> name) =>
            Find(name, out var value) ? value : default;

        private readonly bool Find(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> found)
        {
            found = default;
            var at = tag.IndexOfAny(" \t\r\n"u8);
            while (at >= 0 && at < tag.Length)
            {
                var attributes = tag[at..].TrimStart(" \t\r\n"u8);
                var equals = attributes.IndexOf((byte)'=');
                if (equals < 0)
                    return false;
                var key = attributes[..equals].Trim(" \t\r\n"u8);
                var value = attributes[(equals + 1)..].TrimStart(" \t\r\n"u8);
                if (value.Length == 0 || value[0] is not ((byte)'"' or (byte)'\''))
                    return false;
                var end = value[1..].IndexOf(value[0]);
                if (end < 0)
                    return false;
                if (key.SequenceEqual(name))
                {
                    found = value.Slice(1, end);
                    return true;
                }
                at = tag.Length - value.Length + end + 2;
            }
            return false;
        }

        // The length up to the closing bracket, ignoring brackets in quoted values.
        private readonly int Length()
        {
            for (var at = 0; at < rest.Length; )
            {
                var next = rest[at..].IndexOfAny((byte)'>', (byte)'"', (byte)'\'');
                if (next < 0)
                    return -1;
                at += next;
                if (rest[at] == '>')
                    return at;
                var end = rest[(at + 1)..].IndexOf(rest[at]);
                if (end < 0)
                    return -1;
                at += end + 2;
            }
            return -1;
        }

        private void SkipTo(ReadOnlySpan<byte> end)
        {
            var at = rest.IndexOf(end);
            rest = at < 0 ? default : rest[(at + end.Length)..];
        }

        private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

        // Resolves XML's five predefined references and numeric ones. Any other reference stays as it is.
        private static string Resolved(ReadOnlySpan<byte> utf8)
        {
            var text = Encoding.UTF8.GetString(utf8);
            if (!text.Contains('&', StringComparison.Ordinal))
                return text;
            var resolved = new StringBuilder(text.Length);
            for (var at = 0; at < text.Length; at++)
            {
                var end = text[at] == '&' ? text.IndexOf(';', at) : -1;
                if (end < 0 || Referred(text.AsSpan(at + 1, end - at - 1)) is not { } meant)
                    resolved.Append(text[at]);
                else
                {
                    resolved.Append(meant);
                    at = end;
                }
            }
            return resolved.ToString();
        }

        private static string? Referred(ReadOnlySpan<char> name)
        {
            if (name.SequenceEqual("amp"))
                return "&";
            if (name.SequenceEqual("lt"))
                return "<";
            if (name.SequenceEqual("gt"))
                return ">";
            if (name.SequenceEqual("quot"))
                return "\"";
            if (name.SequenceEqual("apos"))
                return "'";
            if (name is not ['#', .. var number])
                return null;
            var isHex = number is ['x', ..];
            return
                int.TryParse(
                    isHex ? number[1..] : number,
                    isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var code
                ) && Rune.IsValid(code)
                ? new Rune(code).ToString()
                : null;
        }
    }
}

using System.Globalization;
using System.Text;
using Paddock.Core.Adapters;
using Paddock.Core.Analysis;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Init;

/// <summary>The text of a <c>paddock.toml</c>, which <see cref="SettingsFile"/> reads.</summary>
internal static class ProjectSettings
{
    public static string Of(
        Uri? host,
        Slug project,
        NameId<ResourceName>? testbed,
        Adapter adapter,
        Measures? measures,
        string command,
        string? file,
        ReportThresholds? thresholds
    )
    {
        var toml = new StringBuilder();
        Add("host", host?.OriginalString);
        Add("project", project.Value);
        Add("testbed", testbed?.Value);
        Add("adapter", Words<Adapter>.Of(adapter));
        Add("measures", measures is { } which ? Words<Measures>.Of(which) : null);
        Add("command", command);
        Add("file", file);
        if (thresholds?.Reset == true)
            toml.Append("thresholds_reset = true\n");
        foreach (var (measure, model) in thresholds?.Models ?? [])
        {
            toml.Append(CultureInfo.InvariantCulture, $"\n[thresholds.{Quoted(measure.Value)}]\n");
            Add("test", Words<ModelTest>.Of(model.Test));
            AddNumber("min_sample_size", model.MinSampleSize);
            AddNumber("max_sample_size", model.MaxSampleSize);
            AddNumber("window", model.Window);
            AddNumber("lower_boundary", model.LowerBoundary);
            AddNumber("upper_boundary", model.UpperBoundary);
        }
        return toml.ToString();

        void Add(string key, string? value)
        {
            if (value is not null)
                toml.Append(CultureInfo.InvariantCulture, $"{key} = {Quoted(value)}\n");
        }

        void AddNumber<T>(string key, T? value)
            where T : struct, IFormattable
        {
            if (value is { } number)
                toml.Append(CultureInfo.InvariantCulture, $"{key} = {number}\n");
        }
    }

    // Writes a TOML basic string.
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                _ when char.IsControl(c) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => quoted.Append(c),
            };
        return quoted.Append('"').ToString();
    }
}

using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the report of Vitest 5 and later: files with tests, whose benchmarks have one or several tasks.
/// </summary>
internal static class VitestReport
{
    /// <param name="folder">The folder in which Vitest ran; null if it is not known.</param>
    public static bool Files(ref Utf8JsonReader json, Average? average, Results results, string? folder)
    {
        if (!json.Array())
            return false;
        var files = new List<File>();
        while (json.Item())
        {
            var file = new File(results.TakesAll);
            if (!file.Read(ref json))
                return false;
            files.Add(file);
        }
        var root = Root(files, folder);
        foreach (var file in files)
        {
            if (file.Failure is { } failure)
                results.LeaveOut(file.Path[root..], failure);
            foreach (var test in file.Tests)
                test.AddTo(results, file.Path[root..], average);
        }
        return true;
    }

    // The length of the root to strip from absolute paths. Earlier versions named files relative to the project's root,
    // which by default is the folder where Vitest runs. If that folder is not known, the folder that all files have in
    // common is the best guess.
    private static int Root(List<File> files, string? folder)
    {
        if (files.Count == 0)
            return 0;
        if (folder?.TrimEnd('/', '\\') is { } root && files.TrueForAll(file => IsIn(root, file.Path)))
            return root.Length + 1;
        var common = files[0].Path.AsSpan();
        foreach (var file in files)
            common = common[..common.CommonPrefixLength(file.Path)];
        return common.LastIndexOfAny('/', '\\') + 1;
    }

    // Vitest writes paths with slashes on every system.
    private static bool IsIn(string folder, string path) =>
        path.Length > folder.Length + 1
        && path[folder.Length] is '/' or '\\'
        && path.AsSpan(0, folder.Length).SequenceEqual(folder.Replace('\\', '/'));

    private sealed class File(bool all)
    {
        public string Path { get; private set; } = "";
        public List<Test> Tests { get; } = [];

        /// <summary>The reason why the file could not be run at all.</summary>
        public string? Failure =>
            status == "failed" && Tests.Count == 0
                ? message is { Length: > 0 }
                    ? $"it failed: {message}"
                    : "it failed"
                : null;

        private string? status,
            message;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            while (json.Property())
            {
                var fine =
                    json.Is("name"u8) ? json.Text(out var path) && (Path = path!) is not null
                    : json.Is("assertionResults"u8) ? ReadTests(ref json)
                    : json.Is("status"u8) ? json.TextOrOther(out status)
                    : json.Is("message"u8) ? json.TextOrOther(out message)
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }

        private bool ReadTests(ref Utf8JsonReader json)
        {
            if (!json.Array())
                return false;
            while (json.Item())
            {
                var test = new Test(all);
                if (!test.Read(ref json))
                    return false;
                Tests.Add(test);
            }
            return true;
        }
    }

    private sealed class Test(bool all)
    {
        private readonly List<string> suites = [];
        private readonly List<(string? Name, VitestFigures Figures)> tasks = [];
        private string? title,
            status;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            while (json.Property())
            {
                var fine =
                    json.Is("ancestorTitles"u8) ? ReadSuites(ref json)
                    : json.Is("title"u8) ? json.Text(out title)
                    : json.Is("status"u8) ? json.TextOrOther(out status)
                    : json.Is("benchmarks"u8) ? ReadBenchmarks(ref json)
                    : json.Other();
                if (!fine)
                    return false;
            }
            return title is not null;
        }

        // The group is joined as in earlier versions, in which suites contained benchmarks without tests around them.
        public void AddTo(Results results, string file, Average? average)
        {
            var group = string.Join(" > ", [file, .. suites, title!]);
            var repeated = new Dictionary<string, BenchmarkResults>();
            foreach (var (name, figures) in tasks)
                JsVitest.Add(results, group, name, figures, average, repeated);
            if (status is "failed")
                results.LeaveOut(group, tasks.Count == 0 ? "it failed" : "it failed before its end");
        }

        private bool ReadSuites(ref Utf8JsonReader json)
        {
            if (!json.Array())
                return false;
            while (json.Item())
            {
                if (!json.Text(out var suite))
                    return false;
                if (suite!.Length > 0)
                    suites.Add(suite);
            }
            return true;
        }

        private bool ReadBenchmarks(ref Utf8JsonReader json)
        {
            if (!json.Array())
                return false;
            while (json.Item())
            {
                if (!json.Object())
                    return false;
                while (json.Property())
                    if (!(json.Is("tasks"u8) ? ReadTasks(ref json) : json.Other()))
                        return false;
            }
            return true;
        }

        private bool ReadTasks(ref Utf8JsonReader json)
        {
            if (!json.Array())
                return false;
            while (json.Item())
            {
                if (!json.Object())
                    return false;
                string? name = null;
                var figures = new VitestFigures { TakesAll = all };
                while (json.Property())
                {
                    var fine =
                        json.Is("name"u8) ? json.TextOrOther(out name)
                        : json.Is("latency"u8) ? ReadLatency(ref json, ref figures)
                        : json.Is("throughput"u8) ? ReadThroughput(ref json, ref figures)
                        : json.Other();
                    if (!fine)
                        return false;
                }
                tasks.Add((name, figures));
            }
            return true;
        }

        private static bool ReadLatency(ref Utf8JsonReader json, ref VitestFigures figures)
        {
            if (!json.Object())
                return json.Other();
            while (json.Property())
            {
                var fine =
                    json.Is("mean"u8) ? json.Figure(out figures.Mean)
                    : json.Is("sd"u8) ? json.Figure(out figures.Deviation)
                    : json.Is("p50"u8) ? json.Figure(out figures.Median)
                    : figures.ReadPercentile(ref json);
                if (!fine)
                    return false;
            }
            return true;
        }

        private static bool ReadThroughput(ref Utf8JsonReader json, ref VitestFigures figures)
        {
            if (!json.Object())
                return json.Other();
            while (json.Property())
            {
                var fine =
                    json.Is("mean"u8) ? json.Figure(out figures.Rate)
                    : json.Is("rme"u8) ? json.Figure(out figures.RateMarginPercent)
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }
    }
}

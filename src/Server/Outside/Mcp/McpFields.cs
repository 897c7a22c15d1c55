using System.Text.Json.Nodes;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Server.Outside.Mcp;

/// <summary>The arguments that tools share, and their schemas, which are v0's.</summary>
internal static class McpFields
{
    // The adapters of v0. The server reads more formats, recognized by magic; listing them would break clients that
    // check the list.
    private static readonly string[] Adapters =
    [
        "magic",
        "json",
        "rust",
        "rust_bench",
        "rust_criterion",
        "rust_iai",
        "rust_gungraun",
        "rust_gungraun_stdout",
        "rust_gungraun_json",
        "cpp",
        "cpp_google",
        "cpp_catch2",
        "go",
        "go_bench",
        "java",
        "java_jmh",
        "c_sharp",
        "c_sharp_dot_net",
        "js",
        "js_benchmark",
        "js_time",
        "js_vitest",
        "python",
        "python_asv",
        "python_pytest",
        "ruby",
        "ruby_benchmark",
        "shell",
        "shell_hyperfine",
        "dart",
        "dart_benchmark_harness",
    ];

    public static McpField Project => Text("project", "UUID or slug of the project.");

    /// <summary>The arguments of every list: page, size and direction.</summary>
    public static McpField[] Paging =>
        [
            Whole("page", "Number of the page, from 1.").Optional(),
            Whole("per_page", "Entries per page, 0 to 255; 8 if absent.", "uint8").Optional(),
            Word("direction", "Order: ascending or descending.", ["asc", "desc"]).Optional(),
        ];

    /// <summary>The arguments of lists of named things: paging, sorting, name and search.</summary>
    public static McpField[] Named =>
        [
            .. Paging,
            Sort(("name", "By name.")),
            Text("name", "Only the entry with exactly this name.").Optional(),
            Text("search", "Only entries whose name, slug or UUID contains this text; at most 256 characters.")
                .Optional(),
        ];

    public static McpField Archived =>
        Flag("archived", "True: only archived entries; false or absent: only the others.").Optional();

    public static McpField ArchivedPatch =>
        Flag("archived", "True archives it, false takes it out of the archive.").Optional();

    public static McpField Slug => Text("slug", "Slug; made from the name if absent.").Optional();

    public static McpField WantedPermission =>
        Word("permission", "What the caller would like to do.", Words<Permission>.All);

    public static McpField[] NamePatch =>
        [
            Text("name", "The new name. Project keys may not rename.").Optional(),
            Text("slug", "The new slug. Project keys may not rename.").Optional(),
        ];

    /// <summary>The branch, testbed and time of a report, and its results.</summary>
    public static McpField[] Run =>
        [
            Time("start_time", "When the run began, RFC 3339."),
            Time("end_time", "When the run ended, RFC 3339; not before start_time."),
            Texts("results", "Outputs of the benchmark harness, one text per iteration; some MiB at most."),
            Text("hash", "Git commit, 40 hexadecimal digits.").Optional(),
            Object("start_point", "Where the branch begins if it does not exist yet, or is reset.", StartPoint)
                .Optional(),
            Object(
                    "thresholds",
                    "Thresholds for this branch and testbed, set before the results are judged.",
                    Models.Optional(),
                    Flag("reset", "Removes the models of all measures that are not named here.").Optional()
                )
                .Optional(),
            Object(
                    "settings",
                    "How the outputs are read.",
                    Word("adapter", "The harness; magic detects it, including harnesses not listed here.", Adapters)
                        .Optional(),
                    Word("average", "Which of the harness's averages is used.", Words<Average>.All).Optional(),
                    Word("fold", "How several outputs are combined into one.", Words<Fold>.All).Optional()
                )
                .Optional(),
        ];

    public static McpField[] StartPoint =>
        [
            Text("branch", "UUID, slug or name of the branch to start from.").Optional(),
            Text("hash", "Commit on that branch to start from; its newest if absent.").Optional(),
            Whole("max_versions", "How many versions of its history are shared; 255 if absent.").Optional(),
            Flag("clone_thresholds", "Also copies its thresholds.").Optional(),
            Flag("reset", "Starts a new head even if the branch exists.").Optional(),
        ];

    /// <summary>The model of a threshold.</summary>
    public static McpField[] Model =>
        [
            Word(
                "test",
                "Which test judges new values.",
                ["static", "percentage", "z_score", "t_test", "log_normal", "iqr", "delta_iqr"]
            ),
            Number("lower_boundary", "The lower limit in the test's own terms.").Optional(),
            Number("upper_boundary", "The upper limit in the test's own terms.").Optional(),
            Whole("min_sample_size", "Minimum number of earlier values; with fewer, nothing is judged.").Optional(),
            Whole("max_sample_size", "Maximum number of earlier values that are used.").Optional(),
            Whole("window", "Only values from this many seconds before are used.").Optional(),
        ];

    /// <summary>The arguments that say what a plot shows.</summary>
    public static McpField[] Plot =>
        [
            Project,
            Text("branches", "UUIDs of branches, separated by commas."),
            Text("testbeds", "UUIDs of testbeds, separated by commas."),
            Text("benchmarks", "UUIDs of benchmarks, separated by commas."),
            Text("measures", "UUIDs of measures, separated by commas."),
            Text("heads", "UUIDs of heads, one for each branch; an empty entry means the current head.").Optional(),
            Text("specs", "UUIDs of specs, one for each testbed; an empty entry means any spec.").Optional(),
            Milliseconds("start_time", "Only reports from this time on, in milliseconds since 1970.").Optional(),
            Milliseconds("end_time", "Only reports up to this time, in milliseconds since 1970.").Optional(),
        ];

    public static McpField Job =>
        Object(
                "job",
                "Lets a runner execute an image instead of sending results; view_job shows the progress.",
                Text("image", "Image in this server's registry: repository with tag or digest."),
                Text("spec", "UUID or slug of the spec whose machines may run it.").Optional(),
                Texts("entrypoint", "Replaces the image's entrypoint.").Optional(),
                Texts("cmd", "Replaces the image's command.").Optional(),
                Map("env", "Variables of the environment.").Optional(),
                Whole("timeout", "Seconds for all iterations together.").Optional(),
                Texts("file_paths", "Files to read as results, instead of the output.").Optional(),
                Flag("build_time", "Measures how long the command takes.").Optional(),
                Flag("file_size", "Measures how large the files are.").Optional(),
                Whole("iter", "How many iterations.").Optional(),
                Flag("allow_failure", "Continues when an iteration fails.").Optional(),
                Time("backdate", "The time to record for the report, instead of the real time.").Optional()
            )
            .Optional();

    public static McpField Text(string name, string about) => new(name, McpFieldKind.Text, Typed("string", about));

    public static McpField Uuid(string name, string about) =>
        Formatted(McpFieldKind.Text, name, "string", "uuid", about);

    public static McpField Time(string name, string about) =>
        Formatted(McpFieldKind.Text, name, "string", "date-time", about);

    public static McpField Flag(string name, string about) => new(name, McpFieldKind.Flag, Typed("boolean", about));

    public static McpField Number(string name, string about) =>
        Formatted(McpFieldKind.Number, name, "number", "double", about);

    public static McpField Milliseconds(string name, string about) =>
        Formatted(McpFieldKind.Number, name, "integer", "int64", about);

    /// <summary>A branch, testbed or measure by UUID, slug or name, as a filter of a list.</summary>
    public static McpField Filter(string noun) =>
        (Text(noun, $"Only entries of this {noun}: UUID, slug or name.") with { IsEncodedTwice = true }).Optional();

    public static McpField Map(string name, string about)
    {
        var schema = Typed("object", about);
        schema["additionalProperties"] = new JsonObject { ["type"] = "string" };
        return new(name, McpFieldKind.Json, schema);
    }

    public static McpField Word(string name, string about, IEnumerable<string> words)
    {
        var schema = Typed("string", about);
        schema["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word)]);
        return new(name, McpFieldKind.Text, schema);
    }

    /// <summary>The order of a list; the first word is the default.</summary>
    public static McpField Sort(params ReadOnlySpan<(string Word, string About)> words) =>
        Choice("sort", "What the list is ordered by.", words);

    /// <summary>One of several words, each with its meaning, or null.</summary>
    public static McpField Choice(string name, string about, params ReadOnlySpan<(string Word, string About)> words)
    {
        var each = new JsonArray();
        foreach (var (word, meaning) in words)
        {
            var one = Typed("string", meaning);
            one["enum"] = new JsonArray(word);
            each.Add(one);
        }
        var either = new JsonArray(new JsonObject { ["oneOf"] = each }, new JsonObject { ["type"] = "null" });
        var schema = new JsonObject { ["description"] = about, ["anyOf"] = either };
        return new(name, McpFieldKind.Text, schema) { IsRequired = false };
    }

    public static McpField Object(string name, string about, params IReadOnlyList<McpField> fields)
    {
        var schema = McpField.Object(fields);
        schema["description"] = about;
        return new(name, McpFieldKind.Json, schema);
    }

    private static McpField Models
    {
        get
        {
            var schema = Typed("object", "A model for each measure, by the measure's name or slug.");
            schema["additionalProperties"] = McpField.Object(Model);
            return new("models", McpFieldKind.Json, schema);
        }
    }

    public static McpField Whole(string name, string about, string format = "uint32")
    {
        var field = Formatted(McpFieldKind.Number, name, "integer", format, about);
        field.Schema["minimum"] = 0;
        return field;
    }

    public static McpField Texts(string name, string about)
    {
        var schema = Typed("array", about);
        schema["items"] = new JsonObject { ["type"] = "string" };
        return new(name, McpFieldKind.Json, schema);
    }

    private static McpField Formatted(McpFieldKind kind, string name, string type, string format, string about)
    {
        var schema = Typed(type, about);
        schema["format"] = format;
        return new(name, kind, schema);
    }

    private static JsonObject Typed(string type, string about) => new() { ["description"] = about, ["type"] = type };
}

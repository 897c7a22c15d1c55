using System.Text.Json.Nodes;

namespace Paddock.Server.Outside.Mcp;

/// <summary>The cost of calling a tool. The tool's description states it, so that assistants ask for less.</summary>
internal enum McpCost
{
    Read,
    Page,
    Plot,
    Write,
    Run,
}

/// <summary>A tool: a REST endpoint whose path, query and body are one flat object of arguments.</summary>
/// <param name="Title">The title of the schema.</param>
/// <param name="Path">The endpoint's route, optionally followed by a fixed query.</param>
internal sealed record McpTool(
    string Name,
    string Title,
    string About,
    McpCost Cost,
    string Method,
    string Path,
    params IReadOnlyList<McpField> Fields
)
{
    /// <summary>Body fields that the schema lists separately, because one of them may also be set to null.</summary>
    public McpField[] Variant { get; init; } = [];

    /// <summary>The field of <see cref="Variant"/> that null removes.</summary>
    public string? Removable { get; init; }

    /// <summary>The description of the arguments as a whole, if any.</summary>
    public string? AboutFields { get; init; }

    public string Route => Path.Split('?')[0];

    public IEnumerable<McpField> All => Fields.Concat(Variant);

    public bool IsRead => Method == HttpMethods.Get;

    public JsonObject ToJson() =>
        new()
        {
            ["name"] = Name,
            ["description"] = $"{About} {CostText}",
            ["inputSchema"] = Schema(),
            ["annotations"] = new JsonObject
            {
                ["readOnlyHint"] = IsRead,
                ["destructiveHint"] = !IsRead && !IsAddition,
                ["idempotentHint"] = IsRead || Method != HttpMethods.Post,
                ["openWorldHint"] = false,
            },
        };

    private bool IsAddition => Cost == McpCost.Run || Name.StartsWith("create_", StringComparison.Ordinal);

    private string CostText =>
        Cost switch
        {
            McpCost.Read => "Cost: one read request.",
            McpCost.Page => "Cost: one read request; a page holds at most 255 entries, 8 unless per_page says more.",
            McpCost.Plot =>
                "Cost: one plot, which reads every value of up to 255 series: choose few, and a short time.",
            McpCost.Write => "Cost: one durable write; needs a credential that may write in the project.",
            McpCost.Run => "Cost: counts as a run and durably writes every value of the results.",
        };

    private JsonObject Schema()
    {
        var schema = McpField.Object(Fields);
        schema["title"] = Title;
        if (AboutFields is not null)
            schema["description"] = AboutFields;
        if (Variant.Length > 0)
            schema["anyOf"] = new JsonArray(McpField.Object(Variant), WithNull());
        return schema;
    }

    // The schema's second variant for a change: the removable field is null, and the other optional fields stay
    // allowed.
    private JsonObject WithNull()
    {
        var properties = new JsonObject();
        foreach (var field in Variant)
        {
            if (field.Name == Removable)
                properties[field.Name] = new JsonObject { ["type"] = "null" };
            else if (!IsModel)
                properties[field.Name] = new JsonObject { ["type"] = field.Schema["type"]!.DeepClone() };
        }
        return new()
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray(Removable),
        };
    }

    // A model is set or removed as a whole.
    private bool IsModel => Array.Exists(Variant, one => one.IsRequired);
}

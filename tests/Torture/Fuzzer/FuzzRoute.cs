using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Paddock.Torture.Fuzzer;

/// <summary>A route of the server.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path, with parameter names in braces.</param>
/// <param name="Operation">Its entry in the OpenAPI document; null for pages and their forms.</param>
internal sealed partial record FuzzRoute(string Method, string Path, JsonNode? Operation)
{
    /// <summary>The noun of the route, under which the values in its answers are kept.</summary>
    public string Noun =>
        Path.Split('/').LastOrDefault(part => part.Length > 0 && part[0] != '{')?.TrimEnd('s') ?? "thing";

    public JsonNode? Body =>
        Operation?["requestBody"]?["content"]?.AsObject().Select(type => type.Value?["schema"]).FirstOrDefault();

    public IEnumerable<string> Query =>
        Operation?["parameters"]?.AsArray().Where(p => (string?)p!["in"] == "query").Select(p => (string)p!["name"]!)
        ?? [];

    /// <summary>Every route: those of the document, and those that only docs/permissions.md lists.</summary>
    public static IReadOnlyList<FuzzRoute> All(JsonNode document, string permissions)
    {
        var routes = new List<FuzzRoute>();
        foreach (var (path, operations) in document["paths"]!.AsObject())
        foreach (var (method, operation) in operations!.AsObject())
            routes.Add(new(method.ToUpperInvariant(), path, operation));
        var known = routes.Select(route => Shape(route.Method, route.Path)).ToHashSet();
        foreach (Match row in Row.Matches(permissions))
            if (known.Add(Shape(row.Groups[1].Value, row.Groups[2].Value)))
                routes.Add(new(row.Groups[1].Value, row.Groups[2].Value, Operation: null));
        return routes;
    }

    /// <summary>The path with every parameter replaced.</summary>
    public string Fill(Func<string, string> value) => Name.Replace(Path, name => value(name.Groups[1].Value));

    private static string Shape(string method, string path) => $"{method} {Name.Replace(path, "{}")}";

    [GeneratedRegex(@"^\| `([A-Z]+) (/[^`]*)`", RegexOptions.Multiline)]
    private static partial Regex Row { get; }

    [GeneratedRegex(@"\{\**([^}:?]+)[^}]*\}")]
    private static partial Regex Name { get; }
}

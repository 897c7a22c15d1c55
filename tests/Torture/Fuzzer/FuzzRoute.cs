using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Paddock.Torture.Fuzzer;

/// <summary>Something that the server can be asked.</summary>
/// <param name="Method">As in HTTP.</param>
/// <param name="Path">With names in braces.</param>
/// <param name="Operation">What the OpenAPI document says of it; null for pages and their forms.</param>
internal sealed partial record FuzzRoute(string Method, string Path, JsonNode? Operation)
{
    /// <summary>The noun that answers of this route are about, for what they name.</summary>
    public string Noun =>
        Path.Split('/').LastOrDefault(part => part.Length > 0 && part[0] != '{')?.TrimEnd('s') ?? "thing";

    public JsonNode? Body =>
        Operation?["requestBody"]?["content"]?.AsObject().Select(type => type.Value?["schema"]).FirstOrDefault();

    public IEnumerable<string> Query =>
        Operation?["parameters"]?.AsArray().Where(p => (string?)p!["in"] == "query").Select(p => (string)p!["name"]!)
        ?? [];

    /// <summary>Every route: those of the document, and those that docs/permissions.md names beside them.</summary>
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

    /// <summary>The path with every name in it replaced.</summary>
    public string Fill(Func<string, string> value) => Name.Replace(Path, name => value(name.Groups[1].Value));

    private static string Shape(string method, string path) => $"{method} {Name.Replace(path, "{}")}";

    [GeneratedRegex(@"^\| `([A-Z]+) (/[^`]*)`", RegexOptions.Multiline)]
    private static partial Regex Row { get; }

    [GeneratedRegex(@"\{\**([^}:?]+)[^}]*\}")]
    private static partial Regex Name { get; }
}

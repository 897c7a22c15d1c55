using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Paddock.Cli.Rest;

/// <summary>A request under construction: each part of a command line adds its values.</summary>
/// <param name="template">A path with a name in braces for each value that a part fills in: <c>{project}</c> for a
/// positional argument, <c>{--perm}</c> for an option. Text in brackets is dropped when its value was not given:
/// <c>/v0/[organizations/{organization}/]projects</c>.</param>
internal sealed partial class Request(HttpMethod method, string template)
{
    private readonly Dictionary<string, string> inPath = [];
    private readonly List<string> inQuery = [];

    public HttpMethod Method => method;

    /// <summary>The body of a POST, PUT or PATCH; an empty object when nothing was set.</summary>
    public JsonObject Body { get; } = [];

    public string Target
    {
        get
        {
            var path = Optional.Replace(template, group =>
                Braces.Matches(group.Value).All(Given) ? group.Value[1..^1] : ""
            );
            path = Braces.Replace(path, brace => inPath[brace.Groups[1].Value]);
            return inQuery.Count == 0 ? path : $"{path}?{string.Join('&', inQuery)}";

            bool Given(Match brace) => inPath.ContainsKey(brace.Groups[1].Value);
        }
    }

    public byte[]? Content =>
        method == HttpMethod.Get || method == HttpMethod.Delete
            ? null
            : System.Text.Encoding.UTF8.GetBytes(Body.ToJsonString());

    public void AddToPath(string name, string value) => inPath[name] = Uri.EscapeDataString(value);

    public void AddToQuery(string name, string value) => inQuery.Add($"{name}={Uri.EscapeDataString(value)}");

    /// <summary>Replaces a value in the query; does nothing when the name is absent.</summary>
    public void SetInQuery(string name, string value)
    {
        var at = inQuery.FindIndex(one => one.StartsWith(name + "=", StringComparison.Ordinal));
        if (at >= 0)
            inQuery[at] = $"{name}={Uri.EscapeDataString(value)}";
    }

    /// <summary>The value that a positional argument put into the path, unescaped.</summary>
    public string InPath(string name) => Uri.UnescapeDataString(inPath[name]);

    /// <summary>The names in braces, in order, and whether each is optional.</summary>
    public static IEnumerable<(string Name, bool MayBeAbsent)> Names(string template) =>
        Braces
            .Matches(template)
            .Select(b =>
                (
                    b.Groups[1].Value,
                    Optional.Matches(template).Any(o => o.Index < b.Index && b.Index < o.Index + o.Length)
                )
            );

    [GeneratedRegex(@"\{([\w-]+)\}")]
    private static partial Regex Braces { get; }

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Optional { get; }
}

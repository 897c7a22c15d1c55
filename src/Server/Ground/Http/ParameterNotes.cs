using System.Text.Json.Nodes;

namespace Paddock.Server.Ground.Http;

/// <summary>A parameter of a route, as the OpenAPI document names it.</summary>
/// <param name="Schema">The parameter's JSON schema.</param>
/// <param name="Words">The enum whose words the parameter takes, if that enum has a schema of its own.</param>
internal sealed record Parameter(string Name, string In, bool IsRequired, JsonObject Schema, Type? Words = null);

/// <summary>
/// Records which parameters a route reads. To build the OpenAPI document, the route's own input parsing runs once with
/// a <see cref="Call"/> that records each parameter instead of parsing it, so the document cannot differ from the code.
/// </summary>
internal sealed class ParameterNotes
{
    private readonly List<Parameter> all = [];

    public IReadOnlyList<Parameter> All => all;

    public static ParameterNotes Of(RouteInput? input)
    {
        var notes = new ParameterNotes();
        try
        {
            input?.Read(new Call(new DefaultHttpContext(), notes));
        }
        catch (Refusal) { } // The route also reads headers, which are missing here.
        return notes;
    }

    public void Path(string name, JsonObject schema, Type? words = null) =>
        Add(new(name, "path", IsRequired: true, schema, words));

    public void Query(string name, JsonObject schema, bool isRequired = false, Type? words = null) =>
        Add(new(name, "query", isRequired, schema, words));

    public static JsonObject Type(string type, string? format = null)
    {
        var schema = new JsonObject { ["type"] = type };
        if (format is not null)
            schema["format"] = format;
        return schema;
    }

    public static JsonObject Words(IEnumerable<string> words) =>
        new() { ["type"] = "string", ["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word)]) };

    private void Add(Parameter parameter)
    {
        if (!all.Exists(known => known.Name == parameter.Name && known.In == parameter.In))
            all.Add(parameter);
    }
}

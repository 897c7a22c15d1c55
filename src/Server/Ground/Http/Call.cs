using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Audit;

namespace Paddock.Server.Ground.Http;

/// <summary>
/// One request as an endpoint sees it: its parsed parts. Each parser refuses invalid input with its own message.
/// </summary>
/// <param name="isPage">True when a page is requested. Only then does the browser's session cookie count.</param>
/// <param name="body">The body built from a page's form, for an endpoint that the page calls; null to read the
/// request's own body.</param>
internal sealed class Call(HttpContext http, bool isPage = false, object? body = null)
{
    private readonly ParameterNotes? notes;

    /// <summary>Creates a call that records which parameters are read, and yields none of them.</summary>
    public Call(HttpContext http, ParameterNotes notes)
        : this(http) => this.notes = notes;

    public bool IsPage => isPage;

    public HttpContext Http => http;

    /// <summary>
    /// Copies the call with this body, so that a form passes the permissions and checks of the endpoint that does the
    /// work.
    /// </summary>
    public Call With(object given) => new(http, isPage, given);

    /// <summary>Canceled when the client disconnects. Only for reads: work that was begun is finished.</summary>
    public CancellationToken Aborted => http.RequestAborted;

    /// <summary>Checks the route's access rule again, for streams that may outlive a permission.</summary>
    public Func<Task> AdmitAgainAsync { get; private set; } = () => Task.CompletedTask;

    /// <summary>Checks the route's access rule, and begins the audit entry.</summary>
    public async Task<T> PassAsync<T>(Func<Call, Task<T>> admit)
    {
        AdmitAgainAsync = () => admit(this);
        var granted = await admit(this);
        AuditRecord.Begin(http, granted);
        return granted;
    }

    public T Path<T>(string name)
        where T : IText<T>
    {
        if (notes is not null)
        {
            notes.Path(name, ParameterNotes.Type("string"));
            return default!;
        }
        var text = (string?)http.GetRouteValue(name);
        return T.TryParse(text, out var value)
            ? value
            : throw Refusal.BadInput($"bad parameter in URL path: {name}: {Text.Refusal<T>(text)}");
    }

    public Guid PathUuid(string name)
    {
        if (notes is not null)
        {
            notes.Path(name, ParameterNotes.Type("string", "uuid"));
            return default;
        }
        var text = (string?)http.GetRouteValue(name);
        return UuidText.TryParse(text, out var uuid)
            ? uuid
            : throw Refusal.BadInput($"bad parameter in URL path: {name}: {Text.Quote(text)} is not a UUID");
    }

    public T PathWord<T>(string name)
        where T : struct, Enum
    {
        if (notes is not null)
        {
            notes.Path(name, ParameterNotes.Words(Words<T>.All), typeof(T));
            return default;
        }
        var text = (string?)http.GetRouteValue(name);
        return Words<T>.TryParse(text, out var value)
            ? value
            : throw Refusal.BadInput($"bad parameter in URL path: {name}: {Words<T>.Refusal(text)}");
    }

    /// <summary>Reads a query parameter; null if it is absent. If it is repeated, the last value counts.</summary>
    public string? Query(string name)
    {
        notes?.Query(name, ParameterNotes.Type("string"));
        return http.Request.Query.TryGetValue(name, out var values) && values.Count > 0 ? values[^1] : null;
    }

    /// <summary>Reads a query parameter that takes one of a few words. The caller refuses other words.</summary>
    public string? Query(string name, ReadOnlySpan<string> words)
    {
        notes?.Query(name, ParameterNotes.Words(words.ToArray()));
        return Query(name);
    }

    public T? Query<T>(string name)
        where T : class, IText<T> =>
        Query(name) is not { } text ? null
        : T.TryParse(text, out var value) ? value
        : throw BadQuery(name, Text.Refusal<T>(text));

    /// <summary>
    /// Reads a UUID, slug or name. Existing clients URL-encode the value twice, so it is decoded a second time here.
    /// </summary>
    public NameId<T>? QueryNameId<T>(string name)
        where T : class, IText<T> =>
        Query(name) is not { } text ? null
        : NameId<T>.TryParse(Uri.UnescapeDataString(text), out var value) ? value
        : throw BadQuery(name, Text.Refusal<NameId<T>>(text));

    public Guid? QueryUuid(string name) =>
        Noted(name, "string", "uuid") is not { } text ? null
        : UuidText.TryParse(text, out var uuid) ? uuid
        : throw BadQuery(name, $"{Text.Quote(text)} is not a UUID");

    /// <summary>Reads one or more UUIDs separated by commas, URL-encoded twice as above.</summary>
    public Guid[] QueryUuids(string name)
    {
        notes?.Query(name, ParameterNotes.Type("string"), isRequired: true);
        if (notes is not null)
            return [];
        if (Query(name) is not { Length: > 0 } text)
            throw BadQuery(name, "missing; it takes one or more UUIDs, separated by commas");
        return Array.ConvertAll(Uri.UnescapeDataString(text).Split(','), part => UuidOf(name, part));
    }

    /// <summary>
    /// Reads a list like <see cref="QueryUuids"/> in which items may be empty, or that may be missing altogether.
    /// </summary>
    public Guid?[] QueryOptionalUuids(string name) =>
        Query(name) is not { Length: > 0 } text
            ? []
            : Array.ConvertAll(Uri.UnescapeDataString(text).Split(','), part =>
                part.Length == 0 ? (Guid?)null : UuidOf(name, part)
            );

    private static Guid UuidOf(string name, string text) =>
        UuidText.TryParse(text.Trim(), out var uuid) ? uuid : throw BadQuery(name, $"{Text.Quote(text)} is not a UUID");

    public bool QueryFlag(string name) =>
        Noted(name, "boolean") switch
        {
            null or "false" => false,
            "true" => true,
            var text => throw BadQuery(name, $"{Text.Quote(text)} is neither true nor false"),
        };

    public T? QueryWord<T>(string name)
        where T : struct, Enum =>
        NotedWords<T>(name) is not { } text ? null
        : Words<T>.TryParse(text, out var value) ? value
        : throw BadQuery(name, Words<T>.Refusal(text));

    public uint QueryNumber(string name, uint standard, uint max)
    {
        notes?.Query(
            name,
            new()
            {
                ["type"] = "integer",
                ["minimum"] = 0,
                ["maximum"] = max,
                ["default"] = standard,
            }
        );
        if (Query(name) is not { } text)
            return standard;
        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= max
            ? number
            : throw BadQuery(name, $"{Text.Quote(text)} is not a whole number from 0 to {max}");
    }

    /// <summary>Reads a time in milliseconds since 1970.</summary>
    public DateTimeOffset? QueryMilliseconds(string name)
    {
        if (Noted(name, "integer", "int64") is not { } text)
            return null;
        return
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= 253_402_300_799_999
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : throw BadQuery(name, $"{Text.Quote(text)} is not a time in milliseconds since 1970");
    }

    private string? Noted(string name, string type, string? format = null)
    {
        notes?.Query(name, ParameterNotes.Type(type, format));
        return Query(name);
    }

    private string? NotedWords<T>(string name)
        where T : struct, Enum
    {
        notes?.Query(name, ParameterNotes.Words(Words<T>.All), words: typeof(T));
        return Query(name);
    }

    public static Refusal BadQuery(string name, string why) =>
        Refusal.BadInput($"unable to parse query string: {name}: {why}");

    /// <exception cref="Refusal">The Content-Type is not JSON.</exception>
    public void DemandJson()
    {
        var contentType = http.Request.ContentType;
        if (
            contentType is not null
            && !contentType.AsSpan().TrimStart().StartsWith("application/json", StringComparison.OrdinalIgnoreCase)
        )
            throw Refusal.BadInput($"expected content type \"application/json\", got {Text.Quote(contentType)}");
    }

    /// <exception cref="Refusal">The body is not JSON of this shape; the message names the field and the
    /// rule.</exception>
    public async Task<T> BodyAsync<T>(JsonTypeInfo<T> type)
        where T : class
    {
        if (body is not null)
            return (T)body;
        DemandJson();
        var bytesMax = http.RequestServices.GetRequiredService<BaseOptions>().RequestBodyBytesMax;
        return await RequestBody.ReadAsync(http, bytesMax, body => Parse(body, type));
    }

    private static T Parse<T>(ReadOnlySequence<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            var json = new Utf8JsonReader(body);
            var value = JsonSerializer.Deserialize(ref json, type)
                ?? throw new JsonException("the body must not be null");
            if (json.Read())
                throw new JsonException("there is more after the end of the body");
            if (NullElements.Find(value, type) is { } path)
                throw Refusal.BadInput($"unable to parse JSON body: {path}: must not be null");
            return value;
        }
        catch (JsonException e)
        {
            throw Refusal.BadInput("unable to parse JSON body: " + JsonProblem.Describe(e));
        }
        catch (InvalidOperationException)
        {
            throw Refusal.BadInput("unable to parse JSON body: it holds text that is not valid UTF-8");
        }
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Paddock.Torture.Fuzzer;

/// <summary>Generates valid, nearly valid and unexpected values, all from one seed.</summary>
internal sealed class Nonsense(int seed, Known known)
{
    private const int DepthMax = 7;

    private static readonly string[] Texts =
    [
        "",
        " ",
        "0",
        "-1",
        "null",
        "true",
        "NaN",
        "1e309",
        "-0",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "2147483648",
        "340282366920938463463374607431768211456",
        "0.1",
        "../..",
        "..%2f..",
        "%",
        "%00",
        "%zz",
        "%ff%fe",
        "_",
        "\\",
        "'",
        "\"",
        "'; DROP TABLE reports; --",
        "\0",
        "a\0b",
        "\n",
        "\r\nX: y",
        "\u202e",
        "\ufeff",
        "ſ",
        "İ",
        "ß",
        "💥",
        "\ud800",
        "e\u0301",
        "{}",
        "[]",
        "[",
        "*",
        "?",
        "#",
        "a,b",
        ",",
        ",,,",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "9999-12-31T23:59:59-14:00",
        "2026-13-45T25:61:61Z",
        "2026-11-29T10:00:00",
        "1969-12-31T23:59:59Z",
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "sha256:",
        "sha512:00",
        "md5:00",
        "main",
        "latency",
        "box",
        "app",
        "app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "ada.admin@example.com",
        "a@b",
        "@",
        "http://127.0.0.1:1/",
        "https://example.com/hook",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "(a+)+$",
        "[[:alpha:]",
        "asc",
        "desc",
        "created",
        "static",
        "t_test",
        "leader",
        "admin",
        "public",
        "1-2",
        "bytes=0-",
        "bytes=5-2",
        "bytes=-1",
        "application/json",
    ];

    private static readonly double[] Numbers =
    [
        0,
        1,
        -1,
        0.5,
        2,
        100,
        255,
        256,
        65536,
        2147483647,
        2147483648,
        4294967296,
        9007199254740993,
        9.3e18,
        -9.3e18,
        1e19,
        1e300,
        5e-324,
        -0.0,
    ];

    private readonly Random random = new(seed);

    public Random Random => random;

    public bool OneIn(int times) => random.Next(times) == 0;

    public T Any<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];

    /// <summary>A text for a field or parameter of this name.</summary>
    public string Text(string name)
    {
        switch (random.Next(10))
        {
            case < 5 when known.Of(name, random) is { } fits:
                return fits;
            case < 8:
                return Any(Texts);
            case 8:
                return new string((char)random.Next(32, 300), random.Next(1, OneIn(20) ? 20_000 : 300));
            default:
                return Garbled(known.Of(name, random) ?? Any(Texts));
        }
    }

    /// <summary>JSON for a schema of the document, mostly valid.</summary>
    public JsonNode? Of(JsonNode? schema, JsonNode document, string name = "", int depth = 0)
    {
        if (schema is null || depth > DepthMax || OneIn(40))
            return Anything(name, depth);
        if ((string?)schema["$ref"] is { } reference)
            return Of(document["components"]!["schemas"]![reference.Split('/')[^1]], document, name, depth + 1);
        foreach (var word in new[] { "oneOf", "anyOf", "allOf" })
            if (schema[word] is JsonArray { Count: > 0 } choices)
                return Of(choices[random.Next(choices.Count)], document, name, depth + 1);
        if (schema["enum"] is JsonArray { Count: > 0 } words && !OneIn(10))
            return words[random.Next(words.Count)]?.DeepClone();
        return (string?)schema["type"] switch
        {
            "object" => Object(schema, document, depth),
            "array" => Array(schema, document, name, depth),
            "integer" => OneIn(2) ? JsonValue.Create(random.Next(-2, 300)) : Number(),
            "number" => Number(),
            "boolean" => JsonValue.Create(OneIn(2)),
            "string" => JsonValue.Create(Whole(Text(name))),
            _ => Anything(name, depth),
        };
    }

    /// <summary>The bytes with some of them changed, removed or repeated.</summary>
    public byte[] Garbled(byte[] bytes)
    {
        var changed = bytes.ToList();
        for (var i = 0; i < 1 + random.Next(4); i++)
        {
            var at = random.Next(changed.Count + 1);
            switch (random.Next(5))
            {
                case 0 when at < changed.Count:
                    changed[at] = (byte)random.Next(256);
                    break;
                case 1 when at < changed.Count:
                    changed.RemoveRange(at, random.Next(1, changed.Count - at + 1));
                    break;
                case 2 when at < changed.Count:
                    changed.InsertRange(
                        at,
                        changed.GetRange(at, random.Next(1, Math.Min(200, changed.Count - at) + 1))
                    );
                    break;
                case 3:
                    changed.InsertRange(at, Enumerable.Repeat((byte)"[{\"\0"[random.Next(4)], random.Next(1, 300)));
                    break;
                default:
                    changed.Insert(at, (byte)random.Next(256));
                    break;
            }
        }
        return [.. changed];
    }

    private string Garbled(string text) => Encoding.Latin1.GetString(Garbled(Encoding.UTF8.GetBytes(text)));

    // Half a surrogate pair cannot be sent as UTF-8; invalid bytes are generated elsewhere.
    public static string Whole(string text) => text.Any(char.IsSurrogate) ? text.Replace('\ud800', '?') : text;

    private JsonObject Object(JsonNode schema, JsonNode document, int depth)
    {
        var made = new JsonObject();
        var required = schema["required"]?.AsArray().Select(name => (string)name!).ToHashSet() ?? [];
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
            if (required.Contains(name) ? !OneIn(25) : random.Next(3) == 0)
                made[name] = Of(property, document, name, depth + 1);
        if (schema["additionalProperties"] is JsonObject more)
            for (var i = random.Next(3); i > 0; i--)
                made[Whole(Text("name"))] = Of(more, document, "", depth + 1);
        if (OneIn(20))
            made[Whole(Text("name"))] = Anything("", depth);
        return made;
    }

    private JsonArray Array(JsonNode schema, JsonNode document, string name, int depth) =>
        [
            .. Enumerable
                .Range(0, random.Next(OneIn(30) ? 60 : 4))
                .Select(_ => Of(schema["items"], document, name, depth + 1)),
        ];

    private JsonNode? Anything(string name, int depth) =>
        random.Next(7) switch
        {
            0 => null,
            1 => JsonValue.Create(OneIn(2)),
            2 => Number(),
            3 when depth < DepthMax => new JsonArray(Anything(name, depth + 1)),
            4 when depth < DepthMax => new JsonObject { [Whole(Text("name"))] = Anything(name, depth + 1) },
            _ => JsonValue.Create(Whole(Text(name))),
        };

    private JsonNode Number() =>
        OneIn(8)
            ? JsonNode.Parse(Any(["1e400", "-1e400", "123456789012345678901234567890", "0.1e-400", "1E5"]))!
            : JsonNode.Parse(Any(Numbers).ToString("R", CultureInfo.InvariantCulture))!;
}

/// <summary>Values found in answers: identifiers, slugs, tokens, and names of form fields.</summary>
internal sealed class Known
{
    private const int KeptMax = 64; // Per name.

    private readonly ConcurrentDictionary<string, List<string>> values = new();

    public void Add(string name, string value)
    {
        var list = values.GetOrAdd(name, _ => []);
        lock (list)
        {
            if (list.Count < KeptMax)
                list.Add(value);
            else
                list[(int)((uint)value.GetHashCode(StringComparison.Ordinal) % KeptMax)] = value;
        }
    }

    /// <summary>A value seen under this name; for a noun, its slug or identifier.</summary>
    public string? Of(string name, Random random)
    {
        if (
            !values.TryGetValue(name, out var list)
            && !values.TryGetValue(name.TrimEnd('s'), out list)
            && !values.TryGetValue("uuid", out list)
        )
            return null;
        lock (list)
            return list.Count == 0 ? null : list[random.Next(list.Count)];
    }

    /// <summary>Records the values in a JSON answer, under the noun of its path.</summary>
    public void Harvest(string noun, JsonNode? json, int depth = 0)
    {
        if (depth > 4)
            return;
        switch (json)
        {
            case JsonArray array:
                foreach (var item in array.Take(5))
                    Harvest(noun, item, depth + 1);
                break;
            case JsonObject all:
                foreach (var (name, value) in all)
                    if (value is JsonValue && value.GetValueKind() == System.Text.Json.JsonValueKind.String)
                    {
                        var text = (string)value!;
                        if (text.Length > 200)
                            continue;
                        Add(name, text);
                        if (name is "uuid" or "slug" or "key" or "digest")
                            Add(noun, text);
                    }
                    else
                        Harvest(name.TrimEnd('s'), value, depth + 1);
                break;
        }
    }
}

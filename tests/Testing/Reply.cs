using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit.Sdk;

namespace Paddock.Testing;

/// <summary>An answer of the server.</summary>
/// <param name="Request">Method and path, for messages.</param>
public sealed record Reply(string Request, int Status, string Text, HttpResponseHeaders Headers)
{
    /// <summary>The body as JSON; throws if it is not JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Text) ?? throw new JsonException($"{Request} answered null");

    /// <summary>The message of a refusal.</summary>
    public string Message => (string)Json["message"]!;

    public int TotalCount =>
        int.Parse(Headers.GetValues("x-total-count").Single(), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The body if the status is the expected one; otherwise the test fails.</summary>
    public JsonNode Expect(int status) =>
        Status == status
            ? Json
            : throw new XunitException(
                $"{Request} should answer {status}, and answered {Status}: {ServerErrors.Explain(Text)}"
            );
}

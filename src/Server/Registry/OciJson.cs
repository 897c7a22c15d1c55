using System.Text.Json.Serialization;

namespace Paddock.Server.Registry;

internal sealed record OciTokenAnswer(string Token, int ExpiresIn, string IssuedAt);

internal sealed record OciAccessTokenAnswer(string AccessToken, int ExpiresIn, string Scope, string IssuedAt);

internal sealed record OciTagList(string Name, IReadOnlyList<string> Tags);

/// <summary>The JSON of the token endpoint and of tag lists.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OciTokenAnswer))]
[JsonSerializable(typeof(OciAccessTokenAnswer))]
[JsonSerializable(typeof(OciTagList))]
[JsonSerializable(typeof(OciErrorList))]
internal sealed partial class OciJson : JsonSerializerContext;

using Paddock.Core.Names;

namespace Paddock.Server.Ground.Http;

/// <summary>The query parameters that a route reads; others are refused.</summary>
internal sealed class KnownQuery(IList<object> metadata)
{
    private readonly Lazy<string[]> names = new(() =>
        [
            .. ParameterNotes
                .Of(metadata.OfType<RouteInput>().LastOrDefault())
                .All.Where(parameter => parameter.In == "query")
                .Select(parameter => parameter.Name),
        ]
    );

    /// <exception cref="Refusal">The query has an unknown parameter.</exception>
    public void Check(IQueryCollection query)
    {
        foreach (var (name, _) in query)
            if (!names.Value.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw Call.BadQuery(
                    Text.Quote(name),
                    $"is not a parameter of this address; allowed: {string.Join(", ", names.Value)}"
                );
    }
}

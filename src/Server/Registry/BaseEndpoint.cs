using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>The root of the registry: whether this is one, and whether the caller's token is good.</summary>
internal static class BaseEndpoint
{
    public static void Map(RegistryRoutes routes) => routes.Get("/v2", AnswerAsync);

    private static Task<Answer> AnswerAsync(Call call, OciToken token)
    {
        return Task.FromResult<Answer>(
            new OciAnswer(StatusCodes.Status200OK)
                .With("Docker-Distribution-Api-Version", "registry/2.0")
                .With("Content-Type", "application/json")
                .WithBody(http => http.Response.WriteAsync("{}", http.RequestAborted))
        );
    }
}

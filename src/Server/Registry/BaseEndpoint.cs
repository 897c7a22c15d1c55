using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>The registry's root endpoint. Confirms that this is a registry and that the token is valid.</summary>
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

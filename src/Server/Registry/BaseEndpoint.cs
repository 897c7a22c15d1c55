using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>The root of the registry: whether this is one, and whether the caller's token is good.</summary>
internal sealed class BaseEndpoint(RegistryAccess access)
{
    public static void Map(RegistryRoutes routes) => routes.Get("/v2", routes.Create<BaseEndpoint>().AnswerAsync);

    private Task<Answer> AnswerAsync(Call call)
    {
        access.Known(call);
        return Task.FromResult<Answer>(new OciAnswer(StatusCodes.Status200OK)
            .With("Docker-Distribution-Api-Version", "registry/2.0").With("Content-Type", "application/json").WithBody(http => http.Response.WriteAsync("{}", http.RequestAborted)));
    }
}

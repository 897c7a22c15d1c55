using Paddock.Server.Ground.Http;


namespace Paddock.Server.Registry;

/// <summary>The registry of images: the OCI distribution specification's endpoints. A repository is a project, under its slug or its UUID.</summary>
internal sealed class RegistryEndpoints(RegistryAccess access)
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var routes = ActivatorUtilities.CreateInstance<RegistryRoutes>(endpoints.ServiceProvider, endpoints);
        routes.Get("/v2", routes.Create<RegistryEndpoints>().BaseAsync);
        BlobEndpoints.Map(routes);
        UploadEndpoints.Map(routes);
        ManifestEndpoints.Map(routes);
        TagEndpoints.Map(routes);
        ReferrerEndpoints.Map(routes);
        OciTokenEndpoints.Map(endpoints);
    }

    private Task<Answer> BaseAsync(Call call)
    {
        access.Known(call);
        return Task.FromResult<Answer>(new OciAnswer(StatusCodes.Status200OK)
            .With("Docker-Distribution-Api-Version", "registry/2.0").With("Content-Type", "application/json").WithBody(http => http.Response.WriteAsync("{}", http.RequestAborted)));
    }
}

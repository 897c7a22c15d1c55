using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Http;

namespace Paddock.Server.Server;

internal static class ServerEndpoints
{
    /// <summary>The version of the API that clients compare with theirs, not ours of the program.</summary>
    public const string ApiVersion = "0.6.12";

    public static void MapServer(this IEndpointRouteBuilder routes)
    {
        var options = routes.ServiceProvider.GetRequiredService<ServerOptions>();
        routes.Get("/", _ => Task.FromResult(Answer.Ok(JsonElement.Parse("null"), Wire.Default.JsonElement)));
        routes.Get("/v0/server/version", _ => Task.FromResult(Answer.Ok(new ServerVersion(ApiVersion), Wire.Default.ServerVersion)));
        routes.Get("/v0/server/config/console", _ => Task.FromResult(Answer.Ok(new ConsoleConfig(new Uri(options.ConsoleUrl).AbsoluteUri), Wire.Default.ConsoleConfig)));
    }
}

using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Installation;

internal sealed class ServerEndpoints(
    Db db,
    Backup backup,
    RateLimiters limits,
    ServerOptions options,
    TimeProvider time
)
{
    /// <summary>
    /// The version of the API, which clients compare with their own; not the version of this program.
    /// </summary>
    public const string ApiVersion = "0.6.12";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var server = ActivatorUtilities.CreateInstance<ServerEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/server/version", AccessRule.Anybody, call => Task.FromResult(server.Version(call)))
            .Gives<ServerVersion>();
        var sources = routes.DataSources;
        var document = new Lazy<JsonElement>(() =>
            JsonSerializer.SerializeToElement(OpenApiDocument.Of(sources), Wire.Default.JsonObject)
        );
        routes
            .Get("/v0/server/spec", AccessRule.Anybody, _ =>
                Task.FromResult(Answer.Ok(document.Value, Wire.Default.JsonElement))
            )
            .GivesMedia("application/json");
        routes
            .Get("/v0/server/config/console", AccessRule.Anybody, _ =>
                Task.FromResult(Answer.Ok(server.Settings.Console, Wire.Default.ConsoleConfig))
            )
            .Gives<ConsoleConfig>();
        routes.Get("/v0/server/config", By.Admin, server.ConfigAsync).Gives<ServerConfig>();
        routes.Get("/v0/server/stats", By.Admin, server.StatsAsync).Gives<ServerStats>();
        routes.Post("/v0/server/backup", By.Admin, server.BackupAsync).Takes<NewBackup>().Gives<BackupCreated>(201);
    }

    // Clients request the version first, so this answer also announces which request bodies are accepted.
    private Answer Version(Call call)
    {
        RequestBody.Announce(call.Http.Response, options);
        return Answer.Ok(new ServerVersion(ApiVersion), Wire.Default.ServerVersion);
    }

    private ServerConfig Settings => Config.Of(options, limits);

    private async Task<Answer> ConfigAsync(Call call, UserCaller admin)
    {
        return Answer.Ok(Settings, Wire.Default.ServerConfig);
    }

    private async Task<Answer> StatsAsync(Call call, UserCaller admin)
    {
        return Answer.Ok(
            await db.ReadAsync(sql => Stats.ReadAsync(sql, time.GetUtcNow(), call.Aborted), call.Aborted),
            Wire.Default.ServerStats
        );
    }

    public async Task<Answer> BackupAsync(Call call, UserCaller admin)
    {
        var created = await backup.MakeAsync(await call.BodyAsync(Wire.Default.NewBackup));
        return Answer.Created(new BackupCreated(created), Wire.Default.BackupCreated);
    }
}

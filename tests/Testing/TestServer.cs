using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Paddock.Server;
using Paddock.Server.Database;

namespace Paddock.Testing;

/// <summary>The real server on a free port, with a fresh database of one engine, spoken to over HTTP.</summary>
/// <remarks>It is a <see cref="Client"/> itself: one that has not signed in.</remarks>
public sealed class TestServer : Client, IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ServerOptions options;
    private readonly bool ownsDatabase;

    private TestServer(WebApplication app, ServerOptions options, Uri address, bool ownsDatabase) : base(address, token: null)
    {
        (this.app, this.options, this.ownsDatabase) = (app, options, ownsDatabase);
        Tokens = new(options.SecretKey, options.ConsoleUrl);
    }

    public Engine Engine => Database.Engine;

    /// <summary>Mints what the server would have sent by mail.</summary>
    public Tokens Tokens { get; }

    /// <summary>Each endpoint that the server has, as in "GET /v0/users/{user}".</summary>
    public IReadOnlyList<string> Endpoints =>
    [
        .. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText}")),
    ];

    internal Db Database => app.Services.GetRequiredService<Db>();

    internal string DataFolder => options.DataFolder;

    /// <summary>What the server is made of, for a test that asks it to do now what it does from time to time.</summary>
    internal T Part<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public static Task<TestServer> StartAsync(Engine engine) => StartAsync(engine, time: null);

    /// <param name="with">Settings of this test, where the usual ones do not do.</param>
    internal static async Task<TestServer> StartAsync(Engine engine, TimeProvider? time, Func<ServerOptions, ServerOptions>? with = null)
    {
        var options = new ServerOptions
        {
            Bind = "127.0.0.1:0",
            DataFolder = Directory.CreateTempSubdirectory("paddock-test-").FullName,
            Database = engine == Engine.Sqlite ? "sqlite" : PostgresServer.NewDatabase(),
            SecretKey = "the key that signs the tokens of tests",
        };
        if (with is not null) options = with(options);
        return await StartAsync(options, time, ownsDatabase: true);
    }

    /// <summary>Another server on the PostgreSQL database of this one, with its settings; to be stopped before it.</summary>
    internal Task<TestServer> StartAnotherAsync(TimeProvider? time = null) =>
        StartAsync(options with { Bind = "127.0.0.1:0", DataFolder = Directory.CreateTempSubdirectory("paddock-test-").FullName }, time, ownsDatabase: false);

    private static async Task<TestServer> StartAsync(ServerOptions options, TimeProvider? time, bool ownsDatabase)
    {
        var app = ServerApp.Build(options, time);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new(app, options, new Uri(address), ownsDatabase);
    }

    /// <inheritdoc cref="Client.SignUpAsync"/>
    public Task<TestUser> SignUpAsync(string name) => SignUpAsync(name, Tokens);

    /// <summary>A caller with this token or key.</summary>
    public Client With(string token) => new(Address, token);

    /// <summary>How many rows a table has: for what must not have been left behind.</summary>
    public Task<long> CountAsync(string table) =>
        Database.ReadAsync(sql => sql.FirstAsync($"SELECT COUNT(*) FROM {new Raw(table)}", row => row.Long()), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        if (ownsDatabase && options.Database != "sqlite") PostgresServer.Drop(options.Database);
        Directory.Delete(options.DataFolder, recursive: true);
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Paddock.Server;
using Paddock.Server.Access;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Mail;
using Paddock.Server.Installation;

namespace Paddock.Testing;

/// <summary>The real server on a free port, with a fresh database of one engine, called over HTTP.</summary>
/// <remarks>It is itself a <see cref="Client"/>: one that is not signed in.</remarks>
public sealed class TestServer : Client, IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ServerOptions options;
    private readonly bool ownsDatabase;

    private readonly MailBox mail;

    private TestServer(WebApplication app, ServerOptions options, MailBox mail, Uri address, bool ownsDatabase)
        : base(address, token: null)
    {
        (this.app, this.options, this.mail, this.ownsDatabase) = (app, options, mail, ownsDatabase);
        // Uses the server's clock, because a token older than its user is refused.
        Tokens = new(options.SecretKey, options.ConsoleUrl, app.Services.GetRequiredService<TimeProvider>());
    }

    public Engine Engine => Database.Engine;

    /// <summary>Mints the tokens that the server would send by mail.</summary>
    public Tokens Tokens { get; }

    /// <summary>The mails that the server has sent, oldest first: address, subject and text.</summary>
    public IReadOnlyList<SentMail> Mail => mail.Sent;

    /// <summary>The token that creates the first administrator, if the server has none.</summary>
    public string? SetupToken => mail.SetupToken;

    /// <summary>The token in the last mail to an address.</summary>
    public string MailedToken(string to) => Mail.Last(mail => mail.To == to).Token;

    /// <summary>Invites an address to an organization.</summary>
    /// <returns>The invitation from the mail.</returns>
    public async Task<string> InviteAsync(Client leader, string organization, string email)
    {
        (await leader.PostAsync($"/v0/organizations/{organization}/members", new { email, role = "leader" })).Expect(
            202
        );
        return MailedToken(email);
    }

    /// <summary>Every endpoint of the server, as in "GET /v0/users/{user}".</summary>
    public IReadOnlyList<string> Endpoints =>
        [
            .. ((IEndpointRouteBuilder)app)
                .DataSources.SelectMany(source => source.Endpoints)
                .OfType<RouteEndpoint>()
                .SelectMany(endpoint =>
                    endpoint
                        .Metadata.GetRequiredMetadata<HttpMethodMetadata>()
                        .HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText}")
                ),
        ];

    /// <summary>The access rule of every endpoint, by its name as in <see cref="Endpoints"/>.</summary>
    internal IReadOnlyList<(string Route, AccessRule Rule)> Rules =>
        [
            .. ((IEndpointRouteBuilder)app)
                .DataSources.SelectMany(source => source.Endpoints)
                .OfType<RouteEndpoint>()
                .SelectMany(endpoint =>
                    endpoint
                        .Metadata.GetRequiredMetadata<HttpMethodMetadata>()
                        .HttpMethods.Select(method =>
                            (
                                $"{method} {endpoint.RoutePattern.RawText}",
                                endpoint.Metadata.GetRequiredMetadata<AccessRule>()
                            )
                        )
                ),
        ];

    internal Db Database => app.Services.GetRequiredService<Db>();

    internal string DataFolder => options.DataFolder;

    /// <summary>A service of the server, for tests that run its periodic work directly.</summary>
    internal T Part<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    public static Task<TestServer> StartAsync(Engine engine) => StartAsync(engine, time: null);

    /// <param name="requestBodyBytesMax">The largest request body that the server accepts.</param>
    public static Task<TestServer> StartAsync(Engine engine, int requestBodyBytesMax) =>
        StartAsync(engine, time: null, options => options with { RequestBodyBytesMax = requestBodyBytesMax });

    /// <summary>
    /// Starts a server that fetches the keys of this issuer of CI identity tokens, although it is on this machine.
    /// </summary>
    public static Task<TestServer> StartAsync(Engine engine, IdentityIssuer issuer) =>
        StartAsync(engine, time: null, options => options with { Issuers = new() { Private = [issuer.Address] } });

    /// <param name="with">Changes the usual settings for this test.</param>
    internal static async Task<TestServer> StartAsync(
        Engine engine,
        TimeProvider? time,
        Func<ServerOptions, ServerOptions>? with = null
    )
    {
        var options = new ServerOptions
        {
            Bind = "127.0.0.1:0",
            DataFolder = Scratch.Folder("paddock-test-"),
            Database = engine == Engine.Sqlite ? "sqlite" : PostgresServer.NewDatabase(),
            SecretKey = Tokens.SecretKey,
            Access = new()
            {
                AnonymousJobs = true,
                AnonymousPushes = true,
                FirstAdmin = FirstAdminRule.SignUp,
            },
        };
        if (with is not null)
            options = with(options);
        if (options.Database == "sqlite")
            SqliteTemplate.CopyTo(options.DataFolder);
        return await StartAsync(options, time, ownsDatabase: true);
    }

    /// <summary>
    /// Starts another server on the same PostgreSQL database, with the same settings; stop it before this one.
    /// </summary>
    internal Task<TestServer> StartAnotherAsync(TimeProvider? time = null) =>
        StartAnotherAsync(with: same => same, time);

    /// <inheritdoc cref="StartAnotherAsync(TimeProvider)"/>
    /// <param name="with">Changes the settings of the other server.</param>
    internal Task<TestServer> StartAnotherAsync(Func<ServerOptions, ServerOptions> with, TimeProvider? time = null) =>
        StartAsync(
            with(options) with
            {
                Bind = "127.0.0.1:0",
                DataFolder = Scratch.Folder("paddock-test-"),
            },
            time,
            ownsDatabase: false
        );

    private static async Task<TestServer> StartAsync(ServerOptions options, TimeProvider? time, bool ownsDatabase)
    {
        var (app, mail) = (ServerApp.Build(options, time), new MailBox());
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(mail);
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(new ServerErrors());
        await app.Services.GetRequiredService<FirstAdmin>().AnnounceAsync(); // Again, for the setup token.
        await app.StartAsync();
        var address = app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.Single();
        return new(app, options, mail, new Uri(address), ownsDatabase);
    }

    /// <inheritdoc cref="Client.SignUpAsync"/>
    public Task<TestUser> SignUpAsync(string name) => SignUpAsync(name, Tokens);

    /// <summary>Records an image like a push, but without its bytes, for tests in which nobody pulls it.</summary>
    public Task KeepImageAsync(string project, string digest) =>
        Database.WriteAsync(async sql =>
        {
            var now = DateTimeOffset.UtcNow;
            var id = await sql.NumberAsync($"SELECT id FROM projects WHERE slug = {project}");
            await sql.ExecuteAsync(
                $"""
                INSERT INTO manifests (project_id, digest, media_type, body, size, used, created)
                VALUES ({id}, {digest}, 'application/vnd.oci.image.manifest.v1+json', {"{}"u8.ToArray()}, 2, {now}, {now})
                """
            );
        });

    /// <summary>A client with this token or key.</summary>
    public Client With(string token) => new(Address, token);

    /// <summary>The number of rows of a table, to check that nothing was left behind.</summary>
    public Task<long> CountAsync(string table) =>
        Database.ReadAsync(
            sql => sql.FirstAsync($"SELECT COUNT(*) FROM {new Raw(table)}", row => row.Long()),
            CancellationToken.None
        );

    public async ValueTask DisposeAsync()
    {
        Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        if (ownsDatabase && options.Database != "sqlite")
            PostgresServer.Drop(options.Database);
        Directory.Delete(options.DataFolder, recursive: true);
    }
}

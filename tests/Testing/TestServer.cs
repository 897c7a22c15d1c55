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

/// <summary>The real server on a free port, with a fresh database of one engine, spoken to over HTTP.</summary>
/// <remarks>It is a <see cref="Client"/> itself: one that has not signed in.</remarks>
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
        // By the server's clock: a token that is older than its user is refused.
        Tokens = new(options.SecretKey, options.ConsoleUrl, app.Services.GetRequiredService<TimeProvider>());
    }

    public Engine Engine => Database.Engine;

    /// <summary>Mints what the server would have sent by mail.</summary>
    public Tokens Tokens { get; }

    /// <summary>What the server has sent, oldest first: address, subject and text.</summary>
    public IReadOnlyList<SentMail> Mail => mail.Sent;

    /// <summary>What makes the first administrator, where the server has none.</summary>
    public string? SetupToken => mail.SetupToken;

    /// <summary>The token in the last mail to an address.</summary>
    public string MailedToken(string to) => Mail.Last(mail => mail.To == to).Token;

    /// <summary>Invites somebody to an organization.</summary>
    /// <returns>The invitation that the mail brings.</returns>
    public async Task<string> InviteAsync(Client leader, string organization, string email)
    {
        (await leader.PostAsync($"/v0/organizations/{organization}/members", new { email, role = "leader" })).Expect(
            202
        );
        return MailedToken(email);
    }

    /// <summary>Each endpoint that the server has, as in "GET /v0/users/{user}".</summary>
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

    /// <summary>The rule of each endpoint, by its name as in <see cref="Endpoints"/>.</summary>
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

    /// <summary>What the server is made of, for a test that asks it to do now what it does from time to time.</summary>
    internal T Part<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    public static Task<TestServer> StartAsync(Engine engine) => StartAsync(engine, time: null);

    /// <param name="requestBodyBytesMax">The largest request body that it takes.</param>
    public static Task<TestServer> StartAsync(Engine engine, int requestBodyBytesMax) =>
        StartAsync(engine, time: null, options => options with { RequestBodyBytesMax = requestBodyBytesMax });

    /// <summary>
    /// A server that asks this issuer of CI identity tokens for its keys, though it is on this machine.
    /// </summary>
    public static Task<TestServer> StartAsync(Engine engine, IdentityIssuer issuer) =>
        StartAsync(engine, time: null, options => options with { Issuers = new() { Private = [issuer.Address] } });

    /// <param name="with">Settings of this test, where the usual ones do not do.</param>
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
    /// Another server on the PostgreSQL database of this one, with its settings; to be stopped before it.
    /// </summary>
    internal Task<TestServer> StartAnotherAsync(TimeProvider? time = null) =>
        StartAnotherAsync(with: same => same, time);

    /// <inheritdoc cref="StartAnotherAsync(TimeProvider)"/>
    /// <param name="with">What it has otherwise.</param>
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
        await app.Services.GetRequiredService<FirstAdmin>().AnnounceAsync(); // Once more, for the test to hear it.
        await app.StartAsync();
        var address = app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.Single();
        return new(app, options, mail, new Uri(address), ownsDatabase);
    }

    /// <inheritdoc cref="Client.SignUpAsync"/>
    public Task<TestUser> SignUpAsync(string name) => SignUpAsync(name, Tokens);

    /// <summary>An image as a push leaves it, without its bytes: for tests in which nobody pulls it.</summary>
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

    /// <summary>A caller with this token or key.</summary>
    public Client With(string token) => new(Address, token);

    /// <summary>How many rows a table has: for what must not have been left behind.</summary>
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

using Paddock.Server.Ground.Database;

namespace Paddock.Console.Tests;

/// <summary>The server shared by all tests that only read the pages of <see cref="EveryPage"/>.</summary>
public sealed class DemoServer : IAsyncLifetime
{
    internal TestServer Server { get; private set; } = null!;
    internal ChangesSeed Seed { get; private set; } = null!;
    internal IReadOnlyList<EveryPage> Pages { get; private set; } = [];

    public async Task InitializeAsync()
    {
        Server = await TestServer.StartAsync(Engine.Sqlite);
        Seed = await ChangesSeed.MakeAsync(Server);
        Pages = await EveryPage.OfAsync(Server, Seed);
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

using Paddock.Server.Ground.Database;

namespace Paddock.Console.Tests;

/// <summary>One server for all tests that only look at the pages of <see cref="EveryPage"/>.</summary>
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

using System.Data.Common;
using Paddock.Server;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Installation;

if (args is ["--version" or "-V"])
{
    Console.WriteLine($"paddock-server {ServerBuild.Version}");
    return 0;
}
if (args is ["--check"])
    return await CheckCommand.RunAsync(CheckCommand.Variables(), Console.Out, Console.Error);
if (args is ["--healthy"])
    return await HealthyCommand.RunAsync(Environment.GetEnvironmentVariable, Console.Error);
if (
    args
    is not ([] or ["admin", "create", _] or ["admin", "create", _, _] or ["restore", _] or ["restore", _, "--replace"])
)
{
    Console.Error.WriteLine(
        $"usage: paddock-server [--version | --check | --healthy]\n       {AdminCommand.Usage}\n       "
            + $"{RestoreCommand.Usage}\nSettings "
            + $"come from the environment: docs/configuration.md lists them."
    );
    return 2;
}
try
{
    if (args is ["admin", "create", var email, .. var name])
        return await AdminCommand.RunAsync(
            email,
            name.FirstOrDefault(),
            Environment.GetEnvironmentVariable,
            Console.Out,
            Console.Error
        );
    if (args is ["restore", var backup, .. var replace])
        return await RestoreCommand.RunAsync(
            backup,
            replaces: replace.Length > 0,
            Environment.GetEnvironmentVariable,
            Console.Out,
            Console.Error
        );
    var options = ServerOptions.FromEnvironment(Environment.GetEnvironmentVariable);
    if (options.MemoryBytesMax is { } bytes)
        MemoryBudget.Keep(bytes);
    await using var app = ServerApp.Build(options);
    var memory = ProgramMemory.Loaded();
    app.Lifetime.ApplicationStarted.Register(() =>
    {
        memory.Release();
        // Starting leaves some megabytes of garbage, which an idle server would keep until it has allocated much more.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
    });
    app.Lifetime.ApplicationStarted.Register(() =>
        app.Logger.LogInformation(
            "paddock-server {Version} answers at {Addresses}; its data is in {Folder}",
            ServerBuild.Version,
            string.Join(", ", app.Urls),
            Path.GetFullPath(options.DataFolder)
        )
    );
    await app.RunAsync();
    return 0;
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or DbException or SchemaException)
{
    // For example: the port is taken, the folder belongs to another user, or the database is unreachable.
    var cause = Outage.Of(e) is { } outage ? $"the {outage.What} {outage.State} ({e.Message})" : e.Message;
    Console.Error.WriteLine($"The server cannot start: {cause}");
    return 1;
}

using Paddock.Server;

if (args is ["--version" or "-V"])
{
    Console.WriteLine($"paddock-server {ServerApp.Version}");
    return 0;
}
if (args.Length > 0)
{
    Console.Error.WriteLine("usage: paddock-server [--version]\nSettings come from the environment: docs/configuration.md lists them.");
    return 2;
}
try
{
    var options = ServerOptions.FromEnvironment(Environment.GetEnvironmentVariable);
    await using var app = ServerApp.Build(options);
    await app.RunAsync();
    return 0;
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

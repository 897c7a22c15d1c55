using System.Runtime.CompilerServices;
using Paddock.Server.Ground.Database;

namespace Paddock.Testing;

/// <summary>
/// Configures SQLite before any test opens a connection of its own: SQLite accepts its settings only before its first
/// use, and the server's class would then fail for the rest of the process.
/// </summary>
public static class SqliteSetup
{
#pragma warning disable CA2255 // Tests are the application here, and start in any order.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Configure() => RuntimeHelpers.RunClassConstructor(typeof(SqliteDb).TypeHandle);
}

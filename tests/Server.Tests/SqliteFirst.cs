using System.Runtime.CompilerServices;

namespace Paddock.Server.Tests;

/// <summary>Some of these tests open SQLite files before they use anything else of the shared test code.</summary>
internal static class SqliteFirst
{
#pragma warning disable CA2255 // Tests are the application here, and start in any order.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Configure() => SqliteSetup.Configure();
}

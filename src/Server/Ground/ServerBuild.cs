using System.Reflection;

namespace Paddock.Server.Ground;

/// <summary>The version of this server, as set by its build.</summary>
internal static class ServerBuild
{
    public static string Version { get; } =
        typeof(ServerBuild)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];
}

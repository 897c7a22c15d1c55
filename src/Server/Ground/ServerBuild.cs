using System.Reflection;

namespace Paddock.Server.Ground;

/// <summary>The version of this server, as its build was told.</summary>
internal static class ServerBuild
{
    public static string Version { get; } =
        typeof(ServerBuild)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];
}

namespace Paddock.Server.Ground.Http;

/// <summary>Roots of APIs whose requests what lies below them treats in its own way.</summary>
internal static class ApiRoots
{
    public const string Mcp = "/mcp";
}

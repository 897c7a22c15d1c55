namespace Paddock.Server.Ground.Http;

/// <summary>Path roots of APIs that lower layers handle specially.</summary>
internal static class ApiRoots
{
    public const string Mcp = "/mcp";
}

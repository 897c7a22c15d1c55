namespace Paddock.Server.Ground.Pages;

/// <summary>The paths of the pages that only administrators see.</summary>
internal static class AdminPaths
{
    public const string Fleet = "/console/fleet";
    public const string Runners = "/console/runners";
    public const string Specs = "/console/specs";
    public const string Server = "/console/server";
    public const string Audit = "/console/audit";
    public const string Users = "/console/users";

    public static string Runner(string slug) => $"{Runners}/{slug}";
}

namespace Paddock.Server.Ground.Pages;

/// <summary>The pages in an organization's menu.</summary>
public enum OrganizationTab
{
    Projects,
    Members,
    Keys,
    Usage,
    Audit,
    Settings,
}

/// <summary>The paths of an organization's pages.</summary>
public sealed record OrganizationPaths(string Slug)
{
    public const string All = "/console/organizations";

    public string Projects => $"{Root}/projects";
    public string Members => $"{Root}/members";
    public string Keys => $"{Root}/api-keys";
    public string Usage => $"{Root}/usage";
    public string Audit => $"{Root}/audit";
    public string Settings => $"{Root}/settings";

    private string Root => $"{All}/{Slug}";

    public Menu Menu(OrganizationTab current) =>
        new(
            "Pages of the organization",
            [
                new("Projects", Projects, current == OrganizationTab.Projects),
                new("Members", Members, current == OrganizationTab.Members),
                new("API keys", Keys, current == OrganizationTab.Keys),
                new("Usage", Usage, current == OrganizationTab.Usage),
                new("Audit log", Audit, current == OrganizationTab.Audit),
                new("Settings", Settings, current == OrganizationTab.Settings),
            ]
        );
}

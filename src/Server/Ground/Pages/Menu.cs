namespace Paddock.Server.Ground.Pages;

/// <summary>One page of a <see cref="Menu"/>.</summary>
public sealed record MenuEntry(string Name, string Address, bool IsCurrent);

/// <summary>A group of related pages: those of a project, of an organization, of an account or of the server.</summary>
/// <param name="Label">The menu's name for screen readers.</param>
public sealed record Menu(string Label, IReadOnlyList<MenuEntry> Entries);

/// <summary>The pages in a project's menu.</summary>
public enum ProjectTab
{
    Overview,
    Explore,
    Reports,
    Benchmarks,
    Branches,
    Testbeds,
    Measures,
    Thresholds,
    Alerts,
    Changes,
    Plots,
    Jobs,
    Keys,
    Ci,
    Webhooks,
    Settings,
}

/// <summary>The menu of a project.</summary>
internal static class ProjectMenu
{
    /// <param name="current">The current page; null for a page that is not in the menu.</param>
    public static Menu Of(ProjectPaths paths, ProjectTab? current, ProjectRights? rights)
    {
        (ProjectTab Tab, string Name, string Address)[] all =
        [
            (ProjectTab.Overview, "Overview", paths.Overview),
            (ProjectTab.Explore, "Explore", paths.Explore),
            (ProjectTab.Changes, "Changes", paths.Changes),
            (ProjectTab.Alerts, "Alerts", paths.Alerts),
            (ProjectTab.Reports, "Reports", paths.Reports),
            (ProjectTab.Benchmarks, "Benchmarks", paths.Benchmarks),
            (ProjectTab.Branches, "Branches", paths.Branches),
            (ProjectTab.Testbeds, "Testbeds", paths.Testbeds),
            (ProjectTab.Measures, "Measures", paths.Measures),
            (ProjectTab.Thresholds, "Thresholds", paths.Thresholds),
            (ProjectTab.Plots, "Plots", paths.Plots),
            (ProjectTab.Jobs, "Jobs", paths.Jobs),
            .. rights is { Manage: true }
                ?
                [
                    (ProjectTab.Keys, "Keys", paths.Keys),
                    (ProjectTab.Ci, "CI", paths.Ci),
                    (ProjectTab.Webhooks, "Webhooks", paths.Webhooks),
                ]
                : Array.Empty<(ProjectTab, string, string)>(),
            .. rights is { Edit: true }
                ? [(ProjectTab.Settings, "Settings", paths.Settings)]
                : Array.Empty<(ProjectTab, string, string)>(),
        ];
        return new(
            "Pages of the project",
            [.. all.Select(entry => new MenuEntry(entry.Name, entry.Address, entry.Tab == current))]
        );
    }
}

namespace Paddock.Server.Ground.Pages;

public enum PlotTheme
{
    /// <summary>On white, with its own style; for an image.</summary>
    Light,

    /// <summary>On dark, with its own style; for an image.</summary>
    Dark,

    /// <summary>
    /// For a page, which carries <see cref="PlotStyle.Sheet"/>: follows the reader's scheme and the page's data-theme.
    /// </summary>
    Page,
}

namespace Paddock.Server.Ground.Pages;

public enum PlotTheme
{
    /// <summary>A light background, with an embedded style; for an image.</summary>
    Light,

    /// <summary>A dark background, with an embedded style; for an image.</summary>
    Dark,

    /// <summary>
    /// For a page, whose style sheet contains <see cref="PlotStyle.Sheet"/>. Follows the reader's color scheme and the
    /// page's data-theme.
    /// </summary>
    Page,
}

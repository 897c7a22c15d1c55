namespace Paddock.Server.Ground.Pages;

/// <summary>The colors and fonts of plots.</summary>
public static class PlotStyle
{
    /// <summary>
    /// The rules that plots of <see cref="PlotTheme.Page"/> need in a page's style sheet. Each color is a variable that
    /// the page can override.
    /// </summary>
    public static string Sheet { get; } =
        $".paddock-plot{{{Variables(Light)}}}"
        + $"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]) .paddock-plot{{{Variables(Dark)}}}}}"
        + $":root[data-theme=dark] .paddock-plot{{{Variables(Dark)}}}"
        + Rules(name => $"var(--plot-{name})")
        + string.Concat(
            Palette.Select(
                (colour, place) => $".pill.c{place}{{background:{colour};color:{(IsDeep(place) ? "#fff" : "#17202a")}}}"
            )
        );

    /// <summary>The number of distinct line colors.</summary>
    public static int Colours => Palette.Length;

    /// <summary>The color of a line: Tableau 10, in the order that v0's images use.</summary>
    public static string Colour(int line) => Palette[line % Palette.Length];

    /// <summary>The index of a line's color: pages have a CSS class for each index.</summary>
    public static int Place(int line) => line % Palette.Length;

    /// <summary>True when white text is more legible than black on a line's color.</summary>
    public static bool IsDeep(int line) => line % Palette.Length is 0 or 2 or 8;

    /// <summary>
    /// The complete style of a standalone image, without variables, which some image renderers do not support.
    /// </summary>
    internal static string Standalone(PlotTheme theme)
    {
        var colours = theme == PlotTheme.Dark ? Dark : Light;
        return Rules(name => colours.First(c => c.Name == name).Value);
    }

    private static string[] Palette =>
        ["#4e79a7", "#f28e2c", "#e15759", "#76b7b2", "#59a14f", "#edc949", "#af7aa1", "#ff9da7", "#9c755f", "#bab0ab"];

    private static (string Name, string Value)[] Light =>
        [
            ("paper", "#fff"),
            ("text", "#17202a"),
            ("muted", "#5b6673"),
            ("grid", "#e4e8ec"),
            ("axis", "#9aa5b1"),
            ("alert", "#c4161c"),
        ];

    private static (string Name, string Value)[] Dark =>
        [
            ("paper", "#11161d"),
            ("text", "#e8edf2"),
            ("muted", "#9aa7b4"),
            ("grid", "#252d37"),
            ("axis", "#566372"),
            ("alert", "#ff6b6b"),
        ];

    private static string Variables((string Name, string Value)[] colours) =>
        string.Concat(colours.Select(c => $"--plot-{c.Name}:{c.Value};"));

    private static string Rules(Func<string, string> colour) =>
        $$"""
            .paddock-plot{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
            .paddock-plot text{fill:{{colour("text")}}}
            .paddock-plot .muted{fill:{{colour("muted")}}}
            .paddock-plot .title{font-weight:600}
            .paddock-plot .paper{fill:{{colour("paper")}}}
            .paddock-plot .grid{stroke:{{colour("grid")}};fill:none}
            .paddock-plot .axis{stroke:{{colour("axis")}};fill:none}
            .paddock-plot .value{fill:none;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}
            .paddock-plot .thin{stroke-width:1.25}
            .paddock-plot .dots{fill:none;stroke-width:5.5;stroke-linecap:round}
            .paddock-plot .limit{fill:none;stroke-width:1.25;stroke-dasharray:5 4;stroke-opacity:.9}
            .paddock-plot .baseline{fill:none;stroke-width:1;stroke-dasharray:1 3;stroke-linecap:round;stroke-opacity:.8}
            .paddock-plot .band{stroke:none;fill-opacity:.08}
            .paddock-plot .spread{stroke:none;fill-opacity:.22}
            .paddock-plot .level{fill:none;stroke-width:5;stroke-opacity:.45;stroke-linecap:round}
            .paddock-plot .event{fill:none;stroke:{{colour("axis")}};stroke-width:1.25;stroke-dasharray:4 3}
            .paddock-plot .whiskers{fill:none;stroke-width:1.25;stroke-opacity:.7}
            .paddock-plot .alert{fill:{{colour("alert")}};stroke:{{colour(
                "paper"
            )}};stroke-width:1.5;stroke-linejoin:round;paint-order:stroke}
            .paddock-plot .past{fill:{{colour("paper")}};stroke:{{colour(
                "alert"
            )}};stroke-width:1.5;stroke-linejoin:round}
            .paddock-plot .point{fill-opacity:0;stroke-opacity:0;stroke-width:2.5;pointer-events:all}
            .paddock-plot .point:hover{fill:{{colour("paper")}};fill-opacity:1;stroke-opacity:1}
            .paddock-plot .pill{font-size:11px;font-weight:600;text-anchor:middle;fill:#17202a}
            .paddock-plot .pill.deep{fill:#fff}
            """.ReplaceLineEndings(
            ""
        );
}

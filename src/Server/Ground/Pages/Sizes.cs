namespace Paddock.Server.Ground.Pages;

/// <summary>Formats amounts of memory and disk space for pages.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Binary(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        for (; value >= 1024 && unit < Units.Length - 1; unit++)
            value /= 1024;
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value:0.#} {Units[unit]}");
    }
}

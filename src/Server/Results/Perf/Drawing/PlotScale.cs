namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>Maps numbers of the data to pixels. Pixels may run backwards, as on a vertical axis.</summary>
internal readonly record struct PlotScale(double From, double To, double Start, double End, bool IsLog = false)
{
    /// <summary>On a logarithmic scale, zero and negative numbers map to the start of the scale.</summary>
    public double At(double number)
    {
        var part = IsLog
            ? (Math.Log(Math.Max(number, From)) - Math.Log(From)) / (Math.Log(To) - Math.Log(From))
            : (number - From) / (To - From);
        return Start + part * (End - Start);
    }
}

/// <param name="Context">The part of the time that the label omits, where it changes: the day, if labels show
/// hours.</param>
internal readonly record struct PlotTick(double At, string Label, string? Context = null);

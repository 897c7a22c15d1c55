namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>From numbers of the data to pixels. Pixels may run backwards, as they do upwards.</summary>
internal readonly record struct PlotScale(double From, double To, double Start, double End, bool IsLog = false)
{
    /// <summary>On a logarithmic scale zero and less lie where the scale begins.</summary>
    public double At(double number)
    {
        var part = IsLog
            ? (Math.Log(Math.Max(number, From)) - Math.Log(From)) / (Math.Log(To) - Math.Log(From))
            : (number - From) / (To - From);
        return Start + part * (End - Start);
    }
}

/// <param name="Context">What the label leaves out, where it changes: the day below an hour.</param>
internal readonly record struct PlotTick(double At, string Label, string? Context = null);

using System.Diagnostics;
using Paddock.Bench;

// dotnet run dev.cs -- bench [TEXT]: runs the measurements whose name contains TEXT, on the published programs.
var filter = args.FirstOrDefault() ?? "";
var figures = new Figures(filter);
var watch = Stopwatch.StartNew();

await Starts.MeasureAsync(figures);
Adapters.Measure(figures);
Micro.Measure(figures);
Trust.Measure(figures);
await Ingest.MeasureAsync(figures);
await Growth.MeasureAsync(figures, filter);
await Plots.MeasureAsync(figures);
await MicroVms.MeasureAsync(figures);
await Registry.MeasureAsync(figures);
await Containers.MeasureAsync(figures);
await Dispatches.MeasureAsync(figures);
await Fleet.MeasureAsync(figures);
await Connections.MeasureAsync(figures);
Arrivals.Measure(figures);

if (figures.Count == 0)
{
    Console.Error.WriteLine($"No benchmark has {filter} in its name.");
    return 1;
}
var file = figures.Write();
Console.WriteLine(
    $"{figures.Count} figures in {watch.Elapsed.TotalSeconds:0} s; written to {file}. To send them, use: "
        + $"paddock run --adapter json --file {file}"
);
return 0;

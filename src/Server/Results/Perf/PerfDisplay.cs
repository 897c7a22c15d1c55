using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Perf;

/// <summary>How a plot is drawn; stands in the address beside what it shows.</summary>
/// <param name="Report">The report that somebody came from.</param>
internal sealed record PerfDisplay(
    bool LowerValue = false,
    bool UpperValue = false,
    bool LowerBoundary = false,
    bool UpperBoundary = false,
    XAxis XAxis = XAxis.DateTime,
    YAxis YAxis = YAxis.Auto,
    Guid? Report = null
)
{
    public static PerfDisplay Of(Call call) =>
        new(
            call.QueryFlag("lower_value"),
            call.QueryFlag("upper_value"),
            call.QueryFlag("lower_boundary"),
            call.QueryFlag("upper_boundary"),
            // Older links call the axis range.
            call.QueryWord<XAxis>("x_axis")
                ?? call.QueryWord<XAxis>("range")
                ?? XAxis.DateTime,
            call.QueryWord<YAxis>("y_axis") ?? YAxis.Auto,
            call.QueryUuid("report")
        );
}

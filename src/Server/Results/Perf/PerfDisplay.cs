using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Perf;

/// <summary>The display options of a plot, which are part of its address.</summary>
/// <param name="Report">The report from which the reader came.</param>
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
            // Older links name the axis "range".
            call.QueryWord<XAxis>("x_axis")
                ?? call.QueryWord<XAxis>("range")
                ?? XAxis.DateTime,
            call.QueryWord<YAxis>("y_axis") ?? YAxis.Auto,
            call.QueryUuid("report")
        );
}

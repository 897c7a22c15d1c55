using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class MetricCommands
{
    public static Command Create() =>
        new("metric")
        {
            Call.View<OneMetric>(
                "/v0/projects/{project}/metrics/{metric}",
                Access.Public,
                "Show one value with its threshold, boundary and alert."
            ),
        };
}

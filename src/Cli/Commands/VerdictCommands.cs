using System.CommandLine;
using System.Text.Json.Nodes;
using Paddock.Cli.Rest;
using Paddock.Core.Analysis;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class VerdictCommands
{
    private const string One = "/v0/projects/{project}/verdicts";

    public static Command Create() =>
        new("verdict")
        {
            Call.View<VerdictSettings>(
                One,
                Access.Public,
                "Show how series are judged, and counts of the verdicts of the last four weeks."
            ),
            Call.Of<VerdictSettings>(
                "set",
                HttpMethod.Patch,
                One,
                Access.Authenticated,
                "Change how series are judged.",
                Field.Real("--alarms", "Number of false alarms that is accepted in four weeks (1)."),
                Field.YesNo(
                    "--reproduced-fails",
                    "Whether a change that reruns have reproduced fails a CI job before it is proven."
                ),
                Field.YesNo("--beside-thresholds", "Whether verdicts also alert for series that a threshold judges."),
                Field.YesNo(
                    "--confirming-jobs",
                    "Whether runners run base and head in turns when a job's report suspects a change."
                ),
                Effect()
            ),
        };

    // Sets the project's values, or one measure's when a measure is named. The given values replace all that the
    // measure had.
    private static Part Effect()
    {
        var effect = DomainOption.Of<double?>(
            "--minimum-effect",
            "Smallest relative change that is reported (0.01).",
            Readers.Finite,
            helpName: "number"
        );
        var measure = DomainOption.Of<NameId<ResourceName>>(
            "--measure",
            "Measure that --minimum-effect and --direction apply to; without both, its settings are removed.",
            helpName: "measure"
        );
        var direction = DomainOption.Word<Direction>(
            "--direction",
            "Direction in which the measure is better; guessed from its units unless given"
        );
        return new Part(Write, effect, measure, direction).Where(Rules.Needs(direction, measure));

        void Write(ParseResult args, Request request)
        {
            JsonObject of = args.Has(measure) ? [] : request.Body;
            if (args.GetValue(effect) is { } least)
                of["minimum_effect"] = Field.Real(least);
            if (args.GetValue(direction) is { } way)
                of["direction"] = Words<Direction>.Of(way);
            if (args.Has(measure))
                request.Body["measures"] = new JsonObject { [args.GetRequiredValue(measure).Value] = of };
        }
    }
}

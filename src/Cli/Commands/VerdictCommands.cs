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
                "Show how series are judged, and what came of it in the last four weeks."
            ),
            Call.Of<VerdictSettings>(
                "set",
                HttpMethod.Patch,
                One,
                Access.Authenticated,
                "Change how series are judged.",
                Field.Real("--alarms", "False alarms that are accepted in four weeks (1)."),
                Field.YesNo(
                    "--reproduced-fails",
                    "Whether what reruns have reproduced fails a job before it is proven."
                ),
                Field.YesNo("--beside-thresholds", "Whether verdicts alert for series that a threshold judges, too."),
                Field.YesNo(
                    "--confirming-jobs",
                    "Whether runners run base and head in turns where a job's report suspects a change."
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
            "The relative change below which nothing is said (0.01).",
            Readers.Finite,
            helpName: "number"
        );
        var measure = DomainOption.Of<NameId<ResourceName>>(
            "--measure",
            "Set the minimum effect and the direction of this measure; neither takes them back.",
            helpName: "measure"
        );
        var direction = DomainOption.Word<Direction>(
            "--direction",
            "Which way the measure gets better; guessed from its units unless given"
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

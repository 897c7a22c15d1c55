using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using Paddock.Cli.Rest;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

/// <summary>The options of one threshold's model, whose fields lie beside the threshold's own in the body.</summary>
internal sealed class ModelOptions
{
    private readonly Option<ModelTest?> test = DomainOption.Word<ModelTest>(
        "--test",
        "Which test judges the measurements"
    );
    private readonly Option<uint?> sampleMin = Whole(
        "--min-sample-size",
        "Number of values needed before a result is judged.",
        min: 0,
        "n"
    );
    private readonly Option<uint?> sampleMax = Whole(
        "--max-sample-size",
        "Maximum number of values that are used, newest first.",
        min: 0,
        "n"
    );
    private readonly Option<uint?> window = Whole(
        "--window",
        "Maximum age of the values that are used.",
        min: 1,
        "seconds"
    );
    private readonly Option<double?> lower = Boundary(
        "--lower-boundary",
        "Lower boundary; its meaning depends on the test."
    );
    private readonly Option<double?> upper = Boundary(
        "--upper-boundary",
        "Upper boundary; its meaning depends on the test."
    );

    private ModelOptions() { }

    private Option[] Settings => [sampleMin, sampleMax, window, lower, upper];

    public static Part Required()
    {
        var model = new ModelOptions();
        model.test.Required = true;
        return new Part(model.Write, [model.test, .. model.Settings]);
    }

    /// <summary>A model, or the flag that removes the present one.</summary>
    public static Part OrRemoval()
    {
        var model = new ModelOptions();
        var remove = DomainOption.Flag(
            "--remove-model",
            "Remove the model; without a model the threshold judges nothing."
        );
        var part = new Part(Write, [model.test, .. model.Settings, remove]).Where(Rules.OneOf(model.test, remove));
        foreach (var setting in model.Settings)
            part.Where(Rules.Needs(setting, model.test));
        return part;

        void Write(ParseResult args, Request request)
        {
            if (args.GetValue(remove))
                request.Body["test"] = null;
            else
                model.Write(args, request);
        }
    }

    /// <summary>Writes a model into its own object or among other fields. Absent settings are left out.</summary>
    public static JsonObject Write(Model model, JsonObject into)
    {
        into["test"] = Words<ModelTest>.Of(model.Test);
        if (model.MinSampleSize is { } min)
            into["min_sample_size"] = min;
        if (model.MaxSampleSize is { } max)
            into["max_sample_size"] = max;
        if (model.Window is { } seconds)
            into["window"] = seconds;
        if (model.LowerBoundary is { } low)
            into["lower_boundary"] = Field.Real(low);
        if (model.UpperBoundary is { } high)
            into["upper_boundary"] = Field.Real(high);
        return into;
    }

    /// <exception cref="Failure">The model makes no sense: each value is valid, but they contradict each
    /// other.</exception>
    private void Write(ParseResult args, Request request)
    {
        var model = Read(args);
        if (model.Problem() is { } problem)
            throw new Failure($"The model is not valid: {problem}.");
        Write(model, request.Body);
    }

    private Model Read(ParseResult result) =>
        new(
            result.GetRequiredValue(test)!.Value,
            result.GetValue(sampleMin),
            result.GetValue(sampleMax),
            result.GetValue(window),
            result.GetValue(lower),
            result.GetValue(upper)
        );

    private static Option<uint?> Whole(string name, string description, uint min, string helpName) =>
        DomainOption.Number<uint>(name, description, min, uint.MaxValue, helpName: helpName);

    private static Option<double?> Boundary(string name, string description) =>
        DomainOption.Of<double?>(name, description, Readers.Finite, helpName: "number");
}

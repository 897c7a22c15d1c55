using System.CommandLine;
using System.CommandLine.Parsing;
using Paddock.Cli.Rest;
using Paddock.Core.Analysis;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Run;

/// <summary>One entry of a positional list: a value, or <c>_</c> for none.</summary>
internal readonly record struct Slot<T>(T? Value)
    where T : struct;

/// <summary>
/// Thresholds as parallel lists: the i-th value of each option belongs to the i-th measure. <c>_</c> skips a measure,
/// and a shorter list leaves the rest unset.
/// </summary>
internal sealed class ThresholdOptions
{
    public Option<NameId<ResourceName>[]> Measure { get; } =
        DomainOption.Many<NameId<ResourceName>>(
            "--threshold-measure",
            "Measure that gets a threshold; may be given again. The options below take one value for each measure, "
                + "in the same order; _ leaves one out.",
            helpName: "measure"
        );
    public Option<Slot<ModelTest>[]> Test { get; } =
        DomainOption.Many<Slot<ModelTest>>(
            "--threshold-test",
            $"Test ({string.Join(", ", Words<ModelTest>.All)})",
            Skippable<ModelTest>(ReadTest),
            helpName: "test"
        );
    public Option<Slot<uint>[]> MinSampleSize { get; } =
        Sizes("--threshold-min-sample-size", "Number of values needed before a result is judged.", min: 0, "n");
    public Option<Slot<uint>[]> MaxSampleSize { get; } =
        Sizes("--threshold-max-sample-size", "Maximum number of values that are used, newest first.", min: 0, "n");
    public Option<Slot<uint>[]> Window { get; } =
        Sizes("--threshold-window", "Maximum age of the values that are used.", min: 1, "seconds");
    public Option<Slot<double>[]> LowerBoundary { get; } =
        Boundaries("--threshold-lower-boundary", "Lower boundary; its meaning depends on the test.");
    public Option<Slot<double>[]> UpperBoundary { get; } =
        Boundaries("--threshold-upper-boundary", "Upper boundary; its meaning depends on the test.");
    public Option<bool> Reset { get; } =
        DomainOption.Flag("--thresholds-reset", "Remove the models of this branch and testbed's other thresholds.");

    public IEnumerable<Option> All => [Measure, Test, .. Details, Reset];

    private IEnumerable<Option> Details => [MinSampleSize, MaxSampleSize, Window, LowerBoundary, UpperBoundary];

    public IEnumerable<Action<CommandResult>> Together =>
        [Rules.Needs(Test, Measure), .. Details.Select(option => Rules.Needs(option, Test))];

    /// <summary>
    /// The thresholds that a run sets; null when it sets none. A repeated measure keeps its last model.
    /// </summary>
    /// <exception cref="Failure">The lists do not match, or a model makes no sense.</exception>
    public ReportThresholds? Read(ParseResult args)
    {
        var measures = args.GetValue(Measure) ?? [];
        var (tests, least, most, windows) = (List(Test), List(MinSampleSize), List(MaxSampleSize), List(Window));
        var (lower, upper) = (List(LowerBoundary), List(UpperBoundary));
        Dictionary<NameId<ResourceName>, Model> models = [];
        for (var i = 0; i < measures.Length; i++)
        {
            var test = At(tests, i)
                ?? throw new Failure(
                    $"The threshold of measure {measures[i]} has no test: give as many --threshold-test as "
                        + $"--threshold-measure."
                );
            var model = new Model(test, At(least, i), At(most, i), At(windows, i), At(lower, i), At(upper, i));
            if (model.Problem() is { } problem)
                throw new Failure($"The threshold of measure {measures[i]} is not valid: {problem}.");
            models[measures[i]] = model;
        }
        var reset = args.GetValue(Reset);
        return models.Count == 0 && !reset ? null : new(models.Count == 0 ? null : models, reset ? true : null);

        Slot<T>[] List<T>(Option<Slot<T>[]> option)
            where T : struct
        {
            var list = args.GetValue(option) ?? [];
            return list.Length <= measures.Length
                ? list
                : throw new Failure(
                    $"{option.Name} was given {list.Length} times for {measures.Length} measures: give at most one "
                        + $"for each --threshold-measure."
                );
        }

        static T? At<T>(Slot<T>[] list, int i)
            where T : struct => i < list.Length ? list[i].Value : null;
    }

    private static Option<Slot<uint>[]> Sizes(string name, string description, uint min, string helpName) =>
        DomainOption.Many(
            name,
            description,
            Skippable<uint>(DomainOption.Numbers(min, uint.MaxValue)),
            helpName: helpName
        );

    private static Option<Slot<double>[]> Boundaries(string name, string description) =>
        DomainOption.Many(name, description, Skippable<double>(Readers.Finite), helpName: "number");

    private static bool ReadTest(string text, out ModelTest? value, out string refusal)
    {
        refusal = Words<ModelTest>.Refusal(text);
        value = Words<ModelTest>.TryParse(text, out var test) ? test : null;
        return value is not null;
    }

    private static Reader<Slot<T>> Skippable<T>(Reader<T?> read)
        where T : struct =>
        (string text, out Slot<T> value, out string refusal) =>
        {
            (value, refusal) = (default, "");
            if (text == "_")
                return true;
            if (!read(text, out var given, out refusal))
                return false;
            value = new(given);
            return true;
        };
}

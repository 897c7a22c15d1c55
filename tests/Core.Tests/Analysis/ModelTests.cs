using System.Text.Json;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Core.Tests.Analysis;

public class ModelTests
{
    public static TheoryData<Model> Sound =>
        [
            new(ModelTest.Static, LowerBoundary: -5, UpperBoundary: -5),
            new(ModelTest.Static, UpperBoundary: -1e300),
            new(ModelTest.Percentage, MinSampleSize: 1, MaxSampleSize: 1, Window: 1, LowerBoundary: 0),
            new(ModelTest.Percentage, UpperBoundary: 5),
            new(ModelTest.ZScore, MinSampleSize: 2, MaxSampleSize: 2, LowerBoundary: 0.5, UpperBoundary: 0.999999),
            new(ModelTest.TTest, MaxSampleSize: uint.MaxValue, Window: uint.MaxValue, UpperBoundary: 0.99),
            new(ModelTest.LogNormal, UpperBoundary: 0.5),
            new(ModelTest.Iqr, LowerBoundary: 0, UpperBoundary: 1000),
            new(ModelTest.DeltaIqr, MinSampleSize: 2, LowerBoundary: 3),
        ];

    [Theory, MemberData(nameof(Sound))]
    public void A_valid_model_has_no_problem(Model model) => Assert.Null(model.Problem());

    public static TheoryData<Model, string, string> Unsound =>
        new()
        {
            { new(ModelTest.Static), "lower_boundary", "both" },
            { new(ModelTest.Percentage), "upper_boundary", "both" },
            {
                new(ModelTest.Static, LowerBoundary: 2, UpperBoundary: 1),
                "lower_boundary",
                "at most its upper_boundary, 1"
            },
            { new(ModelTest.Static, UpperBoundary: double.NaN), "upper_boundary", "finite" },
            { new(ModelTest.Static, LowerBoundary: double.NegativeInfinity), "lower_boundary", "finite" },
            { new(ModelTest.Static, MinSampleSize: 2, UpperBoundary: 1), "min_sample_size", "leave it out" },
            { new(ModelTest.Static, MaxSampleSize: 2, UpperBoundary: 1), "max_sample_size", "leave it out" },
            { new(ModelTest.Static, Window: 5, UpperBoundary: 1), "window", "leave it out" },
            { new(ModelTest.Percentage, UpperBoundary: -0.1), "upper_boundary", "0 or more" },
            { new(ModelTest.Percentage, UpperBoundary: double.PositiveInfinity), "upper_boundary", "0 or more" },
            { new(ModelTest.Percentage, MinSampleSize: 0, UpperBoundary: 1), "min_sample_size", "1 or more" },
            {
                new(ModelTest.Percentage, MinSampleSize: 5, MaxSampleSize: 3, UpperBoundary: 0.1),
                "min_sample_size",
                "at most max_sample_size, 3"
            },
            { new(ModelTest.Percentage, Window: 0, UpperBoundary: 0.1), "window", "1 or more" },
            { new(ModelTest.ZScore, MinSampleSize: 1, UpperBoundary: 0.9), "min_sample_size", "2 or more" },
            { new(ModelTest.ZScore, LowerBoundary: 0.49), "lower_boundary", "from 0.5" },
            { new(ModelTest.TTest, UpperBoundary: 1), "upper_boundary", "from 0.5" },
            { new(ModelTest.TTest, UpperBoundary: 0.4), "upper_boundary", "from 0.5" },
            { new(ModelTest.LogNormal, LowerBoundary: double.NaN, UpperBoundary: 0.9), "lower_boundary", "from 0.5" },
            { new(ModelTest.LogNormal, MaxSampleSize: 1, UpperBoundary: 0.9), "max_sample_size", "2 or more" },
            { new(ModelTest.Iqr, UpperBoundary: -1), "upper_boundary", "0 or more" },
            { new(ModelTest.DeltaIqr, MinSampleSize: 1, UpperBoundary: 1), "min_sample_size", "2 or more" },
        };

    [Theory, MemberData(nameof(Unsound))]
    public void The_problem_of_an_invalid_model_names_the_field_and_the_allowed_values(
        Model model,
        string field,
        string allowed
    )
    {
        var problem = model.Problem();
        Assert.NotNull(problem);
        Assert.Contains(field, problem, StringComparison.Ordinal);
        Assert.Contains(allowed, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("z", ModelTest.ZScore)]
    [InlineData("t", ModelTest.TTest)]
    [InlineData("delta_iqr", ModelTest.DeltaIqr)]
    public void Test_names_are_read_by_word_and_by_alias(string word, ModelTest test) =>
        Assert.Equal(test, JsonSerializer.Deserialize<ModelTest>($"\"{word}\""));

    [Fact]
    public void Test_names_are_written_in_snake_case() =>
        Assert.Equal(
            ["static", "percentage", "z_score", "t_test", "log_normal", "iqr", "delta_iqr"],
            Words<ModelTest>.All
        );
}

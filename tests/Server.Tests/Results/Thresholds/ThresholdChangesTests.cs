using Paddock.Core.Analysis;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Thresholds;

namespace Paddock.Server.Tests.Results.Thresholds;

public sealed class ThresholdChangesTests
{
    private static readonly Model Five = new(ModelTest.Static, UpperBoundary: 5);
    private static readonly Model Six = new(ModelTest.Static, UpperBoundary: 6);
    private static readonly ThresholdPlace Here = new(new(1), new(1));
    private static readonly ThresholdPlace There = new(new(1), new(2));

    [Fact]
    public void An_equal_model_is_kept() =>
        Assert.True(Of([(Here, Five)], new() { [Here] = Five }, removeOthers: true).IsEmpty);

    [Fact]
    public void A_different_model_is_replaced() =>
        Assert.Equal(
            [(1, Six)],
            Of([(Here, Five)], new() { [Here] = Six }).Replaced.Select(r => (r.Threshold.Id.Value, r.Model))
        );

    [Fact]
    public void A_threshold_without_a_model_gets_the_wanted_model() =>
        Assert.Equal(
            [(1, Six)],
            Of([(Here, null)], new() { [Here] = Six }).Replaced.Select(r => (r.Threshold.Id.Value, r.Model))
        );

    [Fact]
    public void A_missing_threshold_is_added() =>
        Assert.Equal([(There, Six)], Of([(Here, Five)], new() { [There] = Six }).Added);

    [Fact]
    public void Other_thresholds_lose_their_model_only_on_request()
    {
        Assert.True(Of([(Here, Five)], []).IsEmpty);
        Assert.Equal([1], Of([(Here, Five), (There, null)], [], removeOthers: true).Removed.Select(t => t.Id.Value));
    }

    [Fact]
    public void A_threshold_wanted_without_a_model_loses_its_model_and_is_not_created()
    {
        Assert.Equal([1], Of([(Here, Five)], new() { [Here] = null }).Removed.Select(t => t.Id.Value));
        Assert.True(Of([], new() { [Here] = null }).IsEmpty);
    }

    private static ThresholdChanges Of(
        (ThresholdPlace Place, Model? Model)[] present,
        Dictionary<ThresholdPlace, Model?> wanted,
        bool removeOthers = false
    ) =>
        ThresholdChanges.Of(
            [
                .. present.Select(
                    (p, i) =>
                        (
                            Row(i + 1, p.Place),
                            p.Model is null ? null : new ModelRow(new(i + 1), Guid.Empty, p.Model, default, null)
                        )
                ),
            ],
            wanted,
            removeOthers
        );

    private static ThresholdRow Row(long id, ThresholdPlace place) =>
        new(new(id), Guid.Empty, BranchId: new(1), place.TestbedId, place.MeasureId, ModelId: null, default, default);
}

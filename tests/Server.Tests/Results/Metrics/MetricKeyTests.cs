using Paddock.Server.Results.Metrics;

namespace Paddock.Server.Tests.Results.Metrics;

public sealed class MetricKeyTests
{
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(281474976710655, 281474976710655, 16777215)]
    [InlineData(123456789, 987654321, 4711)]
    public void A_metric_key_round_trips_through_its_UUID(long series, long report, uint iteration)
    {
        var key = new MetricKey(new(series), new(report), iteration);

        Assert.Equal(key, MetricKey.FromUuid(key.ToUuid()));
        Assert.Equal(8, key.ToUuid().Version);
    }

    [Fact]
    public void A_UUID_of_another_version_is_not_a_metric_key() =>
        Assert.Null(MetricKey.FromUuid(Guid.Parse("0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b")));
}

using Paddock.Runner.Tuning;

namespace Paddock.Runner.Tests.Tuning;

public sealed class CpuListTests
{
    [Theory]
    [InlineData("0", new[] { 0 })]
    [InlineData("0-3,8,10-11", new[] { 0, 1, 2, 3, 8, 10, 11 })]
    [InlineData("2,1,1-2\n", new[] { 1, 2 })]
    [InlineData("", new int[0])]
    public void A_CPU_list_is_parsed(string text, int[] cpus) => Assert.Equal(cpus, CpuList.Parse(text));

    [Theory]
    [InlineData("a")]
    [InlineData("3-1")]
    [InlineData("1-2-3")]
    [InlineData("-1")]
    [InlineData("0-99999999")]
    public void An_invalid_CPU_list_is_parsed_as_null(string text) => Assert.Null(CpuList.Parse(text));

    [Theory]
    [InlineData("1", new[] { 0 })]
    [InlineData("f0", new[] { 4, 5, 6, 7 })]
    [InlineData("80000000,00000001", new[] { 0, 63 })]
    public void A_CPU_mask_is_parsed_and_formatted(string mask, int[] cpus)
    {
        Assert.Equal(cpus, CpuList.ParseMask(mask));
        Assert.Equal(mask, CpuList.FormatMask(cpus));
    }

    [Fact]
    public void CPU_lists_and_masks_survive_a_round_trip()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 500; round++)
        {
            int[] cpus = [.. Enumerable.Range(0, 200).Where(_ => random.Next(3) == 0)];
            Assert.True(cpus.SequenceEqual(CpuList.Parse(CpuList.Format(cpus))!), $"seed {seed}");
            Assert.True(cpus.SequenceEqual(CpuList.ParseMask(CpuList.FormatMask(cpus))!), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(7, 1)]
    [InlineData(8, 2)]
    [InlineData(128, 2)]
    public void The_first_cores_are_reserved_for_housekeeping(int online, int housekeeping)
    {
        var layout = CpuLayout.Of([.. Enumerable.Range(0, online)]);

        Assert.Equal((housekeeping, online - housekeeping), (layout.Housekeeping.Count, layout.Benchmark.Count));
        Assert.Equal(housekeeping > 0, layout.IsSplit);
    }
}

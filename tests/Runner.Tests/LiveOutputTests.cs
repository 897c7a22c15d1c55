using System.Text;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Tests;

public sealed class LiveOutputTests
{
    [Fact]
    public void Written_output_is_taken_only_once()
    {
        var live = new LiveOutput();

        live.Write("one\n"u8);
        live.Write("two\n"u8);

        Assert.Equal("one\ntwo\n", live.Take());
        Assert.Null(live.Take());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(LiveOutput.BytesMax + 1)]
    public void Output_over_the_limit_keeps_its_newest_part_and_marks_the_gap(int piece)
    {
        var live = new LiveOutput();
        var text = string.Concat(Enumerable.Range(0, 3000).Select(i => $"line {i}\n"));

        foreach (var part in Encoding.UTF8.GetBytes(text).Chunk(piece))
            live.Write(part);

        Assert.Equal("[...]\n" + text[^LiveOutput.BytesMax..], live.Take());
    }

    [Fact]
    public void A_character_written_in_two_parts_is_decoded_as_one()
    {
        var live = new LiveOutput();
        var bytes = Encoding.UTF8.GetBytes("aµb");

        live.Write(bytes.AsSpan(0, 2));
        var first = live.Take();
        live.Write(bytes.AsSpan(2));

        Assert.Equal("aµb", first + live.Take());
    }
}

using Paddock.Core.Verdicts;

namespace Paddock.Core.Tests.Verdicts;

public sealed class SortedWindowTests
{
    [Fact]
    public void A_sorted_window_equals_the_sorted_values_after_any_sequence_of_calls()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        var (window, values, from) = (new SortedWindow(), new List<float>(), 0L);
        for (var i = 0; i < 3000; i++)
        {
            // Includes ties, a moving start, and calls that are repeated or skipped.
            if (random.Next(100) == 0)
                from = values.Count - random.Next(Math.Min(values.Count, 50) + 1);
            if (random.Next(20) != 0)
                values.Add(random.Next(40) / 4f);
            if (random.Next(20) == 0)
                continue;
            float[] asked = [.. values.Skip((int)from)];
            (long, long)? ordinals = random.Next(30) == 0 ? null : (from, values.Count);
            float[] expected = [.. asked.TakeLast(Levels.ReferenceMax).Order()];
            Assert.True(window.Of(asked, ordinals).SequenceEqual(expected), $"seed {Seed}, step {i}");
        }
    }
}

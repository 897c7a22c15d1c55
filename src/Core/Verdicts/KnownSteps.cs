using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>
/// A cache of the smallest visible steps, in standard deviations: the same few are requested again and again.
/// </summary>
internal static class KnownSteps
{
    // A slot holds one reference to an immutable object, so a race is harmless: both threads compute the same number.
    private static readonly Known?[] Memo = new Known?[4096];

    public static double Of(int old, int fresh, double level)
    {
        old = Math.Min(old, Levels.ReferenceMax);
        ref var slot = ref Memo[(uint)HashCode.Combine(old, fresh, level) % Memo.Length];
        if (slot is { } known && known.Old == old && known.Fresh == fresh && known.Level == level)
            return known.Step;
        var step = Power.StepSeen(old, fresh, 1, level);
        slot = new(old, fresh, level, step);
        return step;
    }

    private sealed record Known(int Old, int Fresh, double Level, double Step);
}

using System.Globalization;
using FsCheck;
using Microsoft.FSharp.Core;

namespace Paddock.Testing;

/// <summary>
/// How often a property is tried, and on which inputs: the same ones in every run, so that a failure is about the
/// change at hand. PADDOCK_TEST_SEED=N tries others; a failure prints the seed it was found with.
/// </summary>
internal static class Properties
{
    private static readonly ulong Seed = Environment.GetEnvironmentVariable("PADDOCK_TEST_SEED") is { Length: > 0 } seed
        ? ulong.Parse(seed, CultureInfo.InvariantCulture)
        : 20261122;

    public static Config Tried(int times) =>
        Config
            .QuickThrowOnFailure.WithMaxTest(times)
            .WithReplay(FSharpOption<Replay>.Some(new(new Rnd(Seed), FSharpOption<int>.None)));
}

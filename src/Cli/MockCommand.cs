using System.CommandLine;
using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using Paddock.Cli.Rest;
using Paddock.Core.Names;

namespace Paddock.Cli;

/// <summary>
/// <c>paddock mock</c>: made-up benchmark results for trying things out. The same seed and flags give the same numbers.
/// </summary>
internal static class MockCommand
{
    private const int CountMax = 1_000_000;
    private const double UpperMax = 1.2; // An upper value is below its value times this.

    public static Command Create()
    {
        var seed = DomainOption.Number(
            "--seed",
            "Seed of the random numbers; the same seed gives the same results.",
            0UL,
            ulong.MaxValue
        );
        var count = DomainOption.Number("--count", "How many benchmarks (5).", 0, CountMax);
        var measures = DomainOption.Many<NameId<ResourceName>>(
            "--measure",
            "UUID, slug or name of a measure; may be given again (latency).",
            helpName: "measure"
        );
        var pow = DomainOption.Number(
            "--pow",
            "Power of ten that the values are scaled by (1).",
            int.MinValue,
            int.MaxValue
        );
        var fail = DomainOption.Flag("--fail", "Exit with 1 after printing.");
        var flaky = DomainOption.Flag("--flaky", "Exit with 1 after printing, half of the time on average.");
        var command = new Command("mock") { seed, count, measures, pow, fail, flaky };
        command.Validators.Add(Rules.NotBoth(fail, flaky));
        command.SetAction(args =>
        {
            var numbers = new MockNumbers(
                args.GetValue(seed) ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)))
            );
            string[] keys = args.GetValue(measures) is { Length: > 0 } given
                ? [.. given.Select(m => m.Value).Distinct()]
                : ["latency"];
            var (scale, benchmarks) = (Math.Pow(10, args.GetValue(pow) ?? 1), args.GetValue(count) ?? 5);
            if (benchmarks > 0 && !(scale > 0 && double.IsFinite(scale * benchmarks * UpperMax)))
                throw new Failure($"--pow: 10 to the power of {args.GetValue(pow)} is out of the range of numbers.");
            Output.Line(Output.Pretty(writer => Write(writer, numbers, benchmarks, keys, scale)));
            if (args.GetValue(fail))
                throw new Failure("This mock was asked to fail.");
            if (args.GetValue(flaky) && RandomNumberGenerator.GetInt32(2) == 0)
                throw new Failure("This mock was asked to fail half of the time.");
            return Exit.Success;
        });
        return command;
    }

    private static void Write(Utf8JsonWriter writer, MockNumbers numbers, int count, string[] measures, double scale)
    {
        writer.WriteStartObject();
        for (var i = 0; i < count; i++)
        {
            writer.WriteStartObject($"bencher::mock_{i}");
            foreach (var measure in measures)
            {
                var value = numbers.Next(scale * i, scale * (i + 1));
                writer.WriteStartObject(measure);
                writer.WriteNumber("value", value);
                writer.WriteNumber("lower_value", value - value * 0.1);
                writer.WriteNumber("upper_value", value + value * 0.1);
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }
}

/// <summary>
/// Uniform random numbers that stay the same in every version and equal those of existing recordings: ChaCha with 12
/// rounds (Bernstein, 2008), keyed from the seed by PCG-XSH-RR (O'Neill, 2014), using 52 of each 64 bits.
/// </summary>
internal sealed class MockNumbers
{
    private const int Rounds = 12,
        WordsPerBlock = 16;
    private readonly uint[] start =
    [
        0x61707865,
        0x3320646e,
        0x79622d32,
        0x6b206574,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ];
    private readonly uint[] block = new uint[WordsPerBlock];
    private int used = WordsPerBlock;

    public MockNumbers(ulong seed)
    {
        for (var i = 4; i < 12; i++)
        {
            seed = seed * 6364136223846793005 + 11634580027462260723;
            start[i] = BitOperations.RotateRight((uint)(((seed >> 18) ^ seed) >> 27), (int)(seed >> 59));
        }
    }

    /// <summary>A number in [low, high).</summary>
    public double Next(double low, double high)
    {
        while (true)
        {
            var bits = Word() | ((ulong)Word() << 32);
            var value = (bits >> 12) / (double)(1UL << 52) * (high - low) + low;
            if (value < high)
                return value;
        }
    }

    private uint Word()
    {
        if (used == WordsPerBlock)
            Fill();
        return block[used++];
    }

    private void Fill()
    {
        start.CopyTo(block, 0);
        for (var round = 0; round < Rounds; round += 2)
        {
            for (var i = 0; i < 4; i++)
                Quarter(i, i + 4, i + 8, i + 12);
            for (var i = 0; i < 4; i++)
                Quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
        }
        for (var i = 0; i < WordsPerBlock; i++)
            block[i] += start[i];
        if (++start[12] == 0)
            start[13]++;
        used = 0;
    }

    private void Quarter(int a, int b, int c, int d)
    {
        (block[a], block[d]) = Mix(block[a], block[b], block[d], 16);
        (block[c], block[b]) = Mix(block[c], block[d], block[b], 12);
        (block[a], block[d]) = Mix(block[a], block[b], block[d], 8);
        (block[c], block[b]) = Mix(block[c], block[d], block[b], 7);
    }

    private static (uint Sum, uint Turned) Mix(uint sum, uint addend, uint turned, int by) =>
        (sum + addend, BitOperations.RotateLeft(turned ^ (sum + addend), by));
}

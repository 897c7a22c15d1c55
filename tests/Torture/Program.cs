using System.Globalization;
using Paddock.Server.Ground.Database;
using Paddock.Torture;

// dotnet run dev.cs -- torture [TEXT] [--seed N] [--minutes M] [--postgres]: docs/torture.md.
var (filter, seed, minutes, engine) = ("", Random.Shared.Next(1, 1_000_000), 15.0, Engine.Sqlite);
for (var i = 0; i < args.Length; i++)
    switch (args[i])
    {
        case "--seed" when i + 1 < args.Length && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var given):
            (seed, i) = (given, i + 1);
            break;
        case "--minutes"
            when i + 1 < args.Length && double.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var given):
            (minutes, i) = (given, i + 1);
            break;
        case "--postgres":
            engine = Engine.Postgres;
            break;
        case var text when !text.StartsWith("--", StringComparison.Ordinal) && filter.Length == 0:
            filter = text;
            break;
        default:
            Console.Error.WriteLine("usage: torture [TEXT] [--seed N] [--minutes M] [--postgres]");
            return 2;
    }
if (!Campaign.Names.Any(name => name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
{
    Console.Error.WriteLine($"No fault has {filter} in its name; there are: {string.Join(", ", Campaign.Names)}.");
    return 2;
}

var programs = Environment.GetEnvironmentVariable("PADDOCK_TEST_PROGRAMS");
var program = Path.Combine(programs ?? Path.Combine(BuiltProgram.Root, "artifacts", "publish"), "paddock-server");
if (!File.Exists(program))
{
    Console.Error.WriteLine($"{program} is not there: dotnet run dev.cs -- publish");
    return 2;
}
var setup = new Setup(engine, program, seed);
var (summary, findings) = (new Summary(), new Findings());
Console.WriteLine($"seed {seed}, {engine}, {minutes} minutes");
await Campaign.RunAsync(setup, filter, TimeSpan.FromMinutes(minutes), summary, findings);
Console.Write(summary.Text(setup, findings));
return findings.IsEmpty ? 0 : 1;

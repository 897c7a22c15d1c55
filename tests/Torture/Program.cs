using System.Globalization;
using Paddock.Server.Ground.Database;
using Paddock.Torture;
using Paddock.Torture.Replicas;

// dotnet run dev.cs -- torture [TEXT] [--seed N] [--minutes M] [--postgres]: docs/torture.md.
string? before = null;
var (filter, seed, minutes, engine) = ("", Random.Shared.Next(1, 1_000_000), 15.0, Engine.Sqlite);
for (var i = 0; i < args.Length; i++)
    switch (args[i])
    {
        case "--seed"
            when i + 1 < args.Length && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var given):
            (seed, i) = (given, i + 1);
            break;
        case "--minutes"
            when i + 1 < args.Length && double.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var given):
            (minutes, i) = (given, i + 1);
            break;
        case "--before" when i + 1 < args.Length:
            (before, i) = (args[i + 1], i + 1);
            break;
        case "--postgres":
            engine = Engine.Postgres;
            break;
        case var text when !text.StartsWith("--", StringComparison.Ordinal) && filter.Length == 0:
            filter = text;
            break;
        default:
            Console.Error.WriteLine("usage: torture [TEXT] [--seed N] [--minutes M] [--postgres] [--before PROGRAM]");
            return 2;
    }
string[] harms = [.. TwoServers.Harms, .. TwoServers.NetworkHarms];
string[] names = [.. Campaign.Names, .. harms.Select(harm => $"replicas: {harm}")];
if (!names.Any(IsWanted))
{
    Console.Error.WriteLine($"No fault has {filter} in its name; there are: {string.Join(", ", names)}.");
    return 2;
}

var programs = Environment.GetEnvironmentVariable("PADDOCK_TEST_PROGRAMS");
var program = Path.Combine(programs ?? Path.Combine(BuiltProgram.Root, "artifacts", "publish"), "paddock-server");
if (!File.Exists(program))
{
    Console.Error.WriteLine($"{program} is not there: dotnet run dev.cs -- publish");
    return 2;
}
var setup = new Setup(engine, program, seed) { Before = before };
var (summary, findings) = (new Summary(), new Findings());
Console.WriteLine($"seed {seed}, {engine}, {minutes} minutes");

// Replicas need PostgreSQL: there they get half of the time, unless a filter was given.
var isForReplicas = names.Skip(Campaign.Names.Count).Any(IsWanted) && (engine == Engine.Postgres || filter.Length > 0);
var time = TimeSpan.FromMinutes(isForReplicas && Campaign.Names.Any(IsWanted) ? minutes / 2 : minutes);
if (Campaign.Names.Any(IsWanted))
    await Campaign.RunAsync(setup, filter, time, summary, findings);
if (isForReplicas)
    await Replicating.RunAsync(setup with { Engine = Engine.Postgres }, filter, time, summary, findings);
Console.Write(summary.Text(setup, findings));
return findings.IsEmpty ? 0 : 1;

bool IsWanted(string name) => name.Contains(filter, StringComparison.OrdinalIgnoreCase);

using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Cli.Run;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Init;

/// <summary>
/// <c>paddock init</c>: writes <c>paddock.toml</c> and the CI service's file for a repository that lacks them.
/// </summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var project = DomainOption.Of<Slug>(
            "--project",
            "Slug of the project that runs are sent to (the repository's name).",
            helpName: "project"
        );
        var adapter = DomainOption.Word<Adapter>(
            "--adapter",
            "Harness whose output is read; magic detects it",
            offered: Adapters.Offered
        );
        var benchmark = DomainOption.Of<string>(
            "--command",
            "The benchmark command (detected for a few kinds of repositories).",
            Readers.NotEmpty,
            helpName: "command"
        );
        var forge = DomainOption.Of<string>(
            "--forge",
            $"Forge that hosts the repository ({string.Join(", ", CiFile.Forges)}; detected unless given).",
            Readers.OneOf(CiFile.Forges),
            helpName: "forge"
        );
        var host = DomainOption.Of<Uri>(
            "--host",
            "Address of the server that CI reports to.",
            Backend.ReadHost,
            setting: "HOST",
            helpName: "url"
        );
        var testbed = DomainOption.Of<NameId<ResourceName>>(
            "--testbed",
            "Testbed that runs are recorded on.",
            helpName: "testbed"
        );
        var measures = DomainOption.Word<Measures>("--measures", "Which of the harness's measures to record");
        var thresholds = new ThresholdOptions();
        var command = new Command("init") { project, testbed, adapter, measures, benchmark, forge, host };
        foreach (var option in thresholds.All)
            command.Options.Add(option);
        foreach (var rule in thresholds.Together)
            command.Validators.Add(rule);
        command.SetAction(args =>
        {
            var folder = WorkingFolder.Find() ?? throw new Failure("The current folder no longer exists.");
            var git = Git.Find(folder);
            var place = args.GetValue(forge) ?? CiFile.ForgeOf(git?.Remote, folder);
            var harness = Harness.Of(folder);
            var run = args.GetValue(benchmark)
                ?? harness?.Command
                ?? throw new Failure("The benchmark command could not be detected. Give it with --command.");
            var slug = args.GetValue(project) ?? Slug.FromName(git?.Name ?? Path.GetFileName(folder));
            // The harness of a command given by the user is unknown.
            var known = args.Has(benchmark) ? null : harness;
            Write(
                folder,
                SettingsFile.Name,
                ProjectSettings.Of(
                    args.Has(host) ? args.GetValue(host) : null,
                    slug,
                    args.GetValue(testbed),
                    args.GetValue(adapter) ?? known?.Adapter ?? Adapter.Magic,
                    args.GetValue(measures),
                    run,
                    known?.File,
                    thresholds.Read(args)
                )
            );
            if (place is null)
                Output.Note(
                    $"No CI file is written: the forge of this repository could not be detected. Give --forge "
                        + $"({string.Join(", ", CiFile.Forges)})."
                );
            else
            {
                var file = CiFile.Of(
                    place,
                    slug.Value,
                    run,
                    args.GetValue(host)?.OriginalString ?? "https://paddock.example.com"
                );
                Write(folder, file.Path, file.Text);
                Output.Line(file.ToDo);
            }
            return Exit.Success;
        });
        return command;
    }

    // An existing file is kept: somebody wrote it deliberately.
    private static void Write(string folder, string name, string text)
    {
        var path = Path.Combine(folder, name);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var file = new StreamWriter(new FileStream(path, FileMode.CreateNew));
            file.Write(text);
            Output.Line($"Wrote {name}.");
        }
        catch (IOException) when (File.Exists(path))
        {
            Output.Line($"{name} exists already and was not changed.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"{name} could not be written: {e.Message}", e);
        }
    }
}

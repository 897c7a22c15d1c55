using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using System.Text;
using Paddock.Core.Names;
using Paddock.Runner.Daemon;
using Paddock.Runner.Images;
using Paddock.Runner.Jobs;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Commands;

/// <summary>Runs one image locally, with the same code as a job, and prints its output.</summary>
internal sealed class RunCommand
{
    private readonly Option<string> image = Settings.Text(
        "--image",
        "A folder in OCI image layout, or a reference such as registry.example.com/project/image:tag.",
        "image"
    );
    private readonly SecretOptions token = new(
        "--token",
        "Bearer token for the registry; with --user, the password that is exchanged for one.",
        "token",
        "REGISTRY_TOKEN",
        "the token"
    );
    private readonly Option<string> user = Settings.Text(
        "--user",
        "User of the registry (anonymous, which suffices for public images).",
        "name",
        setting: "REGISTRY_USER"
    );
    private readonly Option<int> cpu = Settings.Number("--cpu", "Processors", 1, 1, 8192, "--vcpus");
    private readonly Option<long> memory = Settings.Number("--memory", "MiB of memory", 512, 16, 1L << 30);
    private readonly Option<long> disk = Settings.Number("--disk", "MiB that the command may write", 1024, 1, 1L << 30);
    private readonly Option<int> timeout = Settings.Number(
        "--timeout",
        "Maximum number of seconds for all iterations",
        300,
        1,
        (int)JobOrder.TimeoutMax.TotalSeconds
    );
    private readonly Option<string[]> file = Many(
        "--file",
        "File to print after the command has ended; may be given again.",
        "path",
        "--output"
    );
    private readonly Option<string[]> env = Many("--env", "Environment variable; may be given again.", "NAME=VALUE");
    private readonly Option<string[]> entrypoint = Words(
        "--entrypoint",
        "Program instead of the image's entrypoint, with its first arguments."
    );
    private readonly Option<string[]> cmd = Words("--cmd", "Arguments instead of the image's cmd.");
    private readonly Option<bool> network = new("--network")
    {
        Description = "Let the command use the network.",
        Arity = ArgumentArity.Zero,
    };
    private readonly Option<bool> counters = new("--counters")
    {
        Description = "Let the command count events of its own processes (perf).",
        Arity = ArgumentArity.Zero,
    };
    private readonly Option<string> sandbox = Settings.Text(
        "--sandbox",
        "Sandbox: container, microvm (or firecracker) or host (container).",
        "sandbox"
    );
    private readonly Option<uint> iter = Settings.Number(
        "--iter",
        "How often to run the command",
        1u,
        0u,
        uint.MaxValue
    );
    private readonly Option<bool> raw = new("--raw")
    {
        Description = "Send control characters to the terminal unchanged; a hostile image could attack it with them.",
        Arity = ArgumentArity.Zero,
    };
    private readonly Option<bool> allowFailure = new("--allow-failure")
    {
        Description = "Go on when an iteration fails.",
        Arity = ArgumentArity.Zero,
    };
    private readonly MachineArguments machine = new();

    public static Command Create()
    {
        var run = new RunCommand();
        run.image.Required = true;
        var command = new Command("run", "Run one image on this machine as a job would, and print its output.");
        foreach (
            var option in (Option[])
                [
                    run.image,
                    run.user,
                    run.cpu,
                    run.memory,
                    run.disk,
                    run.timeout,
                    run.file,
                    run.env,
                    run.entrypoint,
                    run.cmd,
                    run.network,
                    run.counters,
                    run.sandbox,
                    run.iter,
                    run.allowFailure,
                    run.raw,
                ]
        )
            command.Options.Add(option);
        run.token.AddTo(command);
        run.machine.AddTo(command);
        command.SetAction((args, _) => run.RunAsync(args));
        return command;
    }

    private async Task<int> RunAsync(ParseResult args)
    {
        var (name, secret) = (args.GetValue(image)!, token.Read(args));
        var (isFolder, reference) = (LayoutSource.Is(name), (Reference?)null);
        if (!isFolder && !Reference.TryParse(name, out reference, out var refusal))
        {
            Console.Error.WriteLine($"error: --image: {refusal}.\n\nSee `paddock-runner run --help`.");
            return Exit.Usage;
        }
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var here = await Machine.OpenAsync(machine.Of(args) with { IsQuiet = true }, stop.Token);
        IImageSource source = isFolder
            ? new LayoutSource(name)
            : Registry(here, reference!, args.GetValue(user), secret);
        using var outcome = await here.ExecuteAsync(
            Order(args, name, isFolder ? LayoutSource.Index : reference!.TagOrDigest, here),
            source,
            slot: 0,
            slots: 1,
            begins: () => Task.CompletedTask,
            stop.Token
        );
        Print(outcome.Results, args.GetValue(raw));
        if (outcome.Aborted)
            throw new Failure("The run was interrupted.");
        return outcome.Error is null ? Exit.Success : throw new Failure(outcome.Error);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    // With a user, the token is a password, which is sent only to the registry's token server.
    private static RegistrySource Registry(Machine here, Reference reference, string? user, string? token) =>
        new(
            here.Http,
            reference.Registry,
            reference.Repository,
            user is null ? token : null,
            new(here.Http, user, token)
        );

    private JobOrder Order(ParseResult args, string name, string reference, Machine here) =>
        new()
        {
            Id = Guid.NewGuid(),
            Reference = reference,
            ImageName = name,
            Sandbox = JobOrder.SandboxWord(args.GetValue(sandbox)),
            Limits = here.Limit(
                new(args.GetValue(cpu), args.GetValue(memory) << 20, args.GetValue(disk) << 20, args.GetValue(network))
                {
                    Counters = args.GetValue(counters),
                }
            ),
            Timeout = TimeSpan.FromSeconds(args.GetValue(timeout)),
            Entrypoint = args.GetValue(entrypoint) is { Length: > 0 } program ? program : null,
            Cmd = args.GetValue(cmd) is { Length: > 0 } words ? words : null,
            Env = (args.GetValue(env) ?? [])
                .Select(pair => pair.Split('=', 2))
                .GroupBy(pair => pair[0])
                .ToDictionary(group => group.Key, group => group.Last()[1]),
            FilePaths = args.GetValue(file) ?? [],
            Iterations = args.GetValue(iter),
            AllowFailure = args.GetValue(allowFailure),
        };

    private static void Print(IReadOnlyList<IterationResult> results, bool isRaw)
    {
        using Stream output = Console.OpenStandardOutput(),
            error = Console.OpenStandardError();
        foreach (var result in results)
        {
            Copy(result.Stdout, output, isRaw);
            Copy(result.Stderr, error, isRaw);
            foreach (var (_, text) in result.Output ?? [])
                Copy(text, output, isRaw);
            foreach (var cut in result.Truncated)
                error.Write(
                    Encoding.UTF8.GetBytes($"({ControlCharacters.ShowInLine(cut)} was cut off at the limit)\n")
                );
        }
    }

    private static void Copy(Captured text, Stream to, bool isRaw)
    {
        var (decoder, characters) = (Encoding.UTF8.GetDecoder(), new char[(32 << 10) + 8]);
        text.Read(text.Length, (bytes, isLast) =>
        {
            if (isRaw)
                to.Write(bytes);
            else
                to.Write(
                    Encoding.UTF8.GetBytes(
                        ControlCharacters.Show(new(characters, 0, decoder.GetChars(bytes, characters, flush: isLast)))
                    )
                );
        });
    }

    private static Option<string[]> Many(string name, string description, string helpName, params string[] aliases)
    {
        var option = new Option<string[]>(name, aliases)
        {
            Description = description,
            HelpName = helpName,
            AllowMultipleArgumentsPerToken = false,
        };
        if (helpName.Contains('=', StringComparison.Ordinal))
            option.Validators.Add(result =>
            {
                foreach (
                    var value in result
                        .Tokens.Select(t => t.Value)
                        .Where(value => value.IndexOf('=', StringComparison.Ordinal) <= 0)
                )
                    result.AddError($"{name}: \"{value}\" is not of the form {helpName}.");
            });
        return option;
    }

    private static Option<string[]> Words(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "word",
            AllowMultipleArgumentsPerToken = true,
            Arity = new(1, 64),
        };
}

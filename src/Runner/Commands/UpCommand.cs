using System.CommandLine;
using System.Runtime.InteropServices;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Runner.Channel;
using Paddock.Runner.Daemon;
using Paddock.Runner.Images;
using Paddock.Runner.Jobs;

namespace Paddock.Runner.Commands;

/// <summary>The daemon: asks a server for jobs, executes them and delivers their results.</summary>
internal static class UpCommand
{
    private const string HostStandard = "http://localhost:6610";

    public static Command Create()
    {
        var host = Settings.Text("--host", $"Address of the server ({HostStandard}).", "url", setting: "HOST");
        var runner = Settings.Text("--runner", "This runner, by UUID or slug.", "runner", setting: "RUNNER");
        var key = new SecretOptions(
            "--key",
            "The runner's key, shown when the runner was created. A file is safer: other users can see arguments "
                + "until they are erased.",
            "key",
            "RUNNER_KEY",
            "the runner's key"
        );
        var slots = Settings.Number("--slots", "Number of jobs at the same time; each gets its own cores", 1, 1, 64);
        var poll = Settings.Number(
            "--poll-timeout",
            "Seconds that the server may wait for a job before it answers",
            55,
            1,
            900
        );
        // Accepted for existing scripts; this runner never updates itself.
        var never = new Option<bool>("--no-auto-update") { Hidden = true, Arity = ArgumentArity.Zero };
        var machine = new MachineArguments();
        var command = new Command(
            "up",
            "Run a server's jobs until a signal. The first signal lets running jobs finish, a second one stops them."
        )
        {
            host,
            runner,
            slots,
            poll,
            never,
        };
        key.AddTo(command);
        machine.AddTo(command);
        command.SetAction(
            async (args, _) =>
            {
                if (
                    !WebAddress.TryParse(args.GetValue(host) ?? HostStandard, out var url)
                    || new Uri(url.Value) is not { Scheme: "http" or "https" } address
                )
                    return Usage($"--host: \"{args.GetValue(host)}\" is not {WebAddress.Rule}.");
                if (args.GetValue(runner) is not { Length: > 0 } name)
                    return Usage("--runner is missing: give this runner's UUID or slug, or set PADDOCK_RUNNER.");
                if (key.Read(args) is not { Length: > 0 } secret)
                    return Usage(
                        "--key is missing: give the key that was shown when the runner was created, or --key-file, or "
                            + "set PADDOCK_RUNNER_KEY."
                    );
                return await RunAsync(
                    new(address, name, secret),
                    args.GetValue(slots),
                    TimeSpan.FromSeconds(args.GetValue(poll)),
                    machine.Of(args)
                );
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(Address address, int slots, TimeSpan poll, MachineOptions options)
    {
        using var signals = new Signals();
        using var machine = await Machine.OpenAsync(options, signals.Drain);
        if (machine.Sandboxes.Count == 0)
            throw new Failure("No sandbox works on this machine. To see what is missing, run: paddock-runner check");
        var spool = new Spool(machine.Data.Path, $"{address.Host} {address.Runner}");
        var context = new SlotContext(
            address,
            slots,
            poll,
            machine.Facts(),
            spool,
            (slot, claim, live, begins, abort) =>
                machine.ExecuteAsync(
                    JobOrder.Of(claim, machine.Limit) with
                    {
                        Live = live,
                    },
                    Source(machine, claim),
                    slot,
                    slots,
                    begins,
                    abort
                ),
            machine.Layout.IsSplit,
            TimeProvider.System,
            signals.Drain,
            signals.Abort
        );
        Log.Line(
            $"paddock-runner {Program.Version} works for {address.Host.Authority} as {address.Runner}: {slots} "
                + $"slot{(slots == 1 ? "" : "s")}, sandboxes {string.Join(", ", context.Facts.Sandboxes!)}"
        );
        try
        {
            await Task.WhenAll(Enumerable.Range(0, slots).Select(slot => new Slot(slot, context).RunAsync()));
        }
        catch (ChannelRefusedException e)
        {
            throw new Failure($"{e.Message}.", e);
        }
        var left = spool.Count;
        if (left == 0)
            return Exit.Success;
        throw new Failure($"{left} result{(left == 1 ? "" : "s")} could not be delivered. The next start tries again.");
    }

    private static RegistrySource Source(Machine machine, Claim claim) =>
        Uri.TryCreate(claim.Config.Registry, UriKind.Absolute, out var registry) && registry.Scheme is "http" or "https"
            ? new(machine.Http, registry, claim.Config.Project.ToString(), claim.OciToken)
            : new(machine.Http, new("http://registry.invalid/"), claim.Config.Project.ToString(), claim.OciToken);

    private static int Usage(string sentence)
    {
        Console.Error.WriteLine($"error: {sentence}\n\nSee `paddock-runner up --help`.");
        return Exit.Usage;
    }

    /// <summary>Handles the operator's signals: the first drains, the second aborts.</summary>
    private sealed class Signals : IDisposable
    {
        private readonly CancellationTokenSource drain = new(),
            abort = new();
        private readonly List<PosixSignalRegistration> registrations;
        private int count;

        public Signals() =>
            registrations = [
                .. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM]).Select(signal =>
                    PosixSignalRegistration.Create(signal, Hear)
                ),
            ];

        public CancellationToken Drain => drain.Token;
        public CancellationToken Abort => abort.Token;

        public void Dispose()
        {
            foreach (var registration in registrations)
                registration.Dispose();
            drain.Dispose();
            abort.Dispose();
        }

        private void Hear(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (Interlocked.Increment(ref count) == 1)
            {
                Log.Line("draining: running jobs are finished and delivered; a second signal stops them");
                drain.Cancel();
            }
            else
            {
                Log.Line("stopping: running jobs are aborted and reported as failed");
                abort.Cancel();
            }
        }
    }
}

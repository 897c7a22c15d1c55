using System.Globalization;
using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Runner.Images;
using Paddock.Runner.Native;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Jobs;

/// <summary>Records the machine's environment just before a benchmark begins.</summary>
internal delegate Task<RunEnvironment> Observe(ISandbox sandbox, IReadOnlyList<int>? cores, CancellationToken ct);

/// <summary>
/// Executes an order: pulls its image once, then runs one sandbox for each iteration. Both `up` and `run` use it.
/// </summary>
/// <param name="folder">Holds the scratch folders of runs.</param>
/// <param name="kept">Holds the output of jobs until it is delivered.</param>
/// <param name="outputBytesMax">The output limit of one job, for all its iterations together.</param>
internal sealed class ExecuteJob(
    ImageStore images,
    IReadOnlyDictionary<string, ISandbox> sandboxes,
    string folder,
    string kept,
    long outputBytesMax,
    Quiet quiet,
    Observe observe,
    TimeSpan grace,
    TimeProvider time
)
{
    /// <param name="cores">The cores that the job may use; null for all.</param>
    /// <param name="begins">Called once, when everything is prepared and the first command is about to begin.</param>
    /// <param name="abort">Stops the job at any stage.</param>
    /// <returns>The outcome; failures are returned, too, not thrown.</returns>
    public async Task<JobOutcome> RunAsync(
        JobOrder order,
        IImageSource source,
        IReadOnlyList<int>? cores,
        Func<Task> begins,
        CancellationToken abort
    )
    {
        var deadline = time.GetTimestamp() + (long)(order.Timeout.TotalSeconds * time.TimestampFrequency);
        if (order.Refusal is { } refused)
            return Unstarted(refused);
        if (!sandboxes.TryGetValue(order.Sandbox, out var sandbox))
            return Unstarted(
                $"The job's spec requires the sandbox {order.Sandbox}, which this runner does not offer; it offers "
                    + $"{Words(sandboxes.Keys)}."
            );
        var scratch = Path.Combine(folder, order.Id.ToString("n"));
        using var patience = new CancellationTokenSource(order.Timeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(abort, patience.Token);
        var pulled = order.ImageName;
        try
        {
            Directory.CreateDirectory(
                scratch,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
            using var image = await quiet.PreparingAsync(
                () => images.GetAsync(source, order.Reference, stop.Token),
                stop.Token
            );
            using var root = MountedRoot.Of(image, Path.Combine(scratch, "image"));
            pulled = order.Pairs?.ImageName ?? pulled;
            using var before = order.Pairs is { } pairs
                ? await quiet.PreparingAsync(() => images.GetAsync(source, pairs.Reference, stop.Token), stop.Token)
                : null;
            using var rootBefore = before is null ? null : MountedRoot.Of(before, Path.Combine(scratch, "base"));
            if (Room(order, cores, scratch) is { } refusal)
                return Unstarted(refusal);
            var head = Command(order, image, root);
            var @base = before is null || rootBefore is null ? null : Command(order, before, rootBefore);
            if (head is null || order.Pairs is not null && @base is null)
                return Failed([], "There is nothing to run: neither the job nor the image names a command.", null);
            return await IterateAsync(
                order,
                sandbox,
                new(head, @base, scratch, cores, deadline),
                begins,
                stop.Token,
                abort
            );
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            return new([], null, Unstarted: false, Aborted: true, null);
        }
        catch (OperationCanceledException)
        {
            return Unstarted(Late(order, "before the benchmark could begin"));
        }
        catch (ImageException e)
        {
            return Unstarted($"The image {pulled} cannot be used: {e.Message}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unstarted($"The job could not be prepared: {e.Message}.");
        }
        finally
        {
            Remove(scratch);
        }
    }

    /// <summary>A command and the image that it runs in.</summary>
    private sealed record ReadyCommand(Image Image, string Root, Invocation Invocation, RunUser User);

    /// <param name="Base">The base command that alternates with the head; null in most jobs.</param>
    private sealed record Place(
        ReadyCommand Head,
        ReadyCommand? Base,
        string Scratch,
        IReadOnlyList<int>? Cores,
        long Deadline
    )
    {
        /// <summary>The command of one run, and its side in a job that compares two images.</summary>
        public (ReadyCommand Command, PairSide? Side) Of(JobOrder order, uint run) =>
            order.Pairs is not { } pairs || Base is null ? (Head, null)
            : pairs.Order.Runs[(int)run] == PairSide.Base ? (Base, PairSide.Base)
            : (Head, PairSide.Head);
    }

    /// <returns>Null when neither the job nor the image names a command.</returns>
    private static ReadyCommand? Command(JobOrder order, Image image, MountedRoot root)
    {
        var invocation = Invocation.Of(image.Config, order);
        if (invocation.Command.Count == 0)
            return null;
        var (user, home) = UserLookup.Find(root.Path, invocation.User);
        if (!invocation.Environment.ContainsKey("HOME"))
            invocation = invocation with
            {
                Environment = new Dictionary<string, string>(invocation.Environment) { ["HOME"] = home },
            };
        return new(image, root.Path, invocation, user);
    }

    /// <param name="stop">Canceled when the job times out or is aborted.</param>
    private async Task<JobOutcome> IterateAsync(
        JobOrder order,
        ISandbox sandbox,
        Place place,
        Func<Task> begins,
        CancellationToken stop,
        CancellationToken abort
    )
    {
        var outputs = new JobOutputs(
            Path.Combine(kept, $"{order.Id:n}-{Guid.NewGuid():n}"),
            outputBytesMax,
            order.Runs
        );
        var results = new List<IterationResult>();
        RunEnvironment? environment = null;
        try
        {
            for (var i = 0u; i < order.Runs; i++)
            {
                if (i == 0)
                {
                    environment = await observe(sandbox, place.Cores, stop) with
                    {
                        RunnerVersion = Program.Version,
                        Image = order.Reference,
                    };
                    await begins();
                }
                var (command, side) = place.Of(order, i);
                var result = await OnceAsync(order, sandbox, place, command, outputs, i, stop, abort);
                if (result is null)
                    return Outcome(Late(order, $"after {i} of {order.Runs} iterations"));
                if (HasLeftSomething(result))
                {
                    results.Add(IterationResult.Of(order, result, outputs.Of(i)) with { Side = side });
                    outputs.Add(results[^1]);
                }
                switch (result.Ending)
                {
                    case Ending.Exited when result.ExitCode == 0:
                        break;
                    case Ending.Aborted:
                        return Outcome(null, aborted: true);
                    case Ending.TimedOut:
                        return Outcome(Late(order, result.Sentence));
                    case Ending.NotStarted:
                        return Outcome(result.Sentence, unstarted: i == 0);
                    default:
                        if (!order.AllowFailure)
                            return Outcome(Why(order, result, i));
                        break;
                }
            }
            return Outcome(null);
        }
        catch (OperationCanceledException) when (results.Count > 0 || environment is not null)
        {
            return abort.IsCancellationRequested
                ? Outcome(null, aborted: true)
                : Outcome(Late(order, $"after {results.Count} of {order.Runs} iterations"));
        }
        catch
        {
            outputs.Dispose();
            throw;
        }

        JobOutcome Outcome(string? error, bool unstarted = false, bool aborted = false) =>
            new(results, error, unstarted, aborted, environment) { Outputs = outputs };
    }

    private static bool HasLeftSomething(SandboxResult result) =>
        result.ExitCode is not null
        || result.Ending is not (Ending.NotStarted or Ending.Broken) && result.Duration > TimeSpan.Zero;

    /// <returns>Null when the job has already timed out.</returns>
    private async Task<SandboxResult?> OnceAsync(
        JobOrder order,
        ISandbox sandbox,
        Place place,
        ReadyCommand ready,
        JobOutputs outputs,
        uint iteration,
        CancellationToken stop,
        CancellationToken abort
    )
    {
        var limits = outputs.Next(order.Limits);
        var (image, root, invocation, user) = ready;
        if (
            Programs.Refusal(root, invocation.Command[0], invocation.Environment["PATH"], invocation.WorkingDirectory)
            is var (code, sentence)
        )
            return new(
                Ending.Exited,
                code,
                Captured.Nothing,
                Captured.Of(System.Text.Encoding.UTF8.GetBytes(sentence + "\n"), $"{outputs.Of(iteration)}/stderr"),
                [],
                TimeSpan.Zero,
                sentence
            );
        var scratch = Path.Combine(place.Scratch, iteration.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(scratch);
        using var running = await quiet.MeasuringAsync(stop);
        var left = TimeSpan.FromSeconds((place.Deadline - time.GetTimestamp()) / (double)time.TimestampFrequency);
        if (left <= TimeSpan.Zero)
            return null;
        var result = await sandbox.RunAsync(
            new()
            {
                Id = $"{order.Id.ToString("n")[..24]}-{iteration}",
                Root = root,
                Layers = image.Layers,
                Scratch = scratch,
                Command = invocation.Command,
                Environment = invocation.Environment,
                WorkingDirectory = invocation.WorkingDirectory,
                User = user,
                Limits = limits,
                Cores = place.Cores,
                Timeout = left,
                Everything = left,
                Grace = grace,
                Files = order.FilePaths,
                Outputs = outputs.Of(iteration),
                Live = order.Live,
            },
            abort
        );
        Remove(scratch);
        return result;
    }

    // Why this machine lacks the resources that the spec promises; null when it has them.
    private static string? Room(JobOrder order, IReadOnlyList<int>? cores, string scratch)
    {
        var (wanted, machine) = (
            order.Limits,
            Tuning.HostEnvironment.Memory(new()) ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes
        );
        if ((cores?.Count ?? Environment.ProcessorCount) < wanted.Cpus)
            return $"The job's spec requires {wanted.Cpus} processors; this machine has "
                + $"{cores?.Count ?? Environment.ProcessorCount} for it.";
        if (wanted.MemoryBytes > machine)
            return $"The job's spec requires {wanted.MemoryBytes >> 20} MiB of memory; this machine has "
                + $"{machine >> 20}.";
        var free = new DriveInfo(scratch).AvailableFreeSpace;
        return wanted.DiskBytes > free
            ? $"The job's spec requires {wanted.DiskBytes >> 20} MiB of disk; this machine has {free >> 20} free."
            : null;
    }

    private static string Why(JobOrder order, SandboxResult result, uint iteration)
    {
        var which =
            order.Pairs is { } pairs
                ? $" as the {Words<PairSide>.Of(pairs.Order.Runs[(int)iteration])} of pair {iteration / 2 + 1}"
            : order.Iterations > 1 ? $" in iteration {iteration + 1} of {order.Iterations}"
            : "";
        return result.Ending == Ending.Exited && result.Sentence is null
            ? $"The benchmark ended with exit code {result.ExitCode}{which}."
            : $"The benchmark failed{which}: {result.Sentence}";
    }

    private static string Late(JobOrder order, string? where) =>
        $"The job exceeded its timeout of {order.Timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} "
        + $"s{(where is null ? "" : $": {where.TrimEnd('.')}")}.";

    private static JobOutcome Failed(
        IReadOnlyList<IterationResult> results,
        string sentence,
        RunEnvironment? environment
    ) => new(results, sentence, Unstarted: false, Aborted: false, environment);

    private static JobOutcome Unstarted(string sentence) =>
        new([], sentence.Replace("..", ".", StringComparison.Ordinal), Unstarted: true, Aborted: false, null);

    private static string Words(IEnumerable<string> words) =>
        words.Any() ? string.Join(", ", words.Order(StringComparer.Ordinal)) : "none";

    private static void Remove(string scratch)
    {
        if (!Directory.Exists(scratch))
            return;
        Mounts.UnmountBelow(scratch);
        Directory.Delete(scratch, recursive: true);
    }

    /// <summary>The image mounted as one folder until this object is disposed.</summary>
    private sealed class MountedRoot : IDisposable
    {
        public required string Path { get; init; }

        public static MountedRoot Of(Image image, string at)
        {
            Directory.CreateDirectory(at);
            Overlay.MountReadOnly(image.Layers, at);
            return new() { Path = at };
        }

        public void Dispose() => Linux.Unmount(Path, lazily: true);
    }
}

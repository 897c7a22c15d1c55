using Paddock.Server.Ground.Database;
using Xunit.Sdk;

namespace Paddock.Server.Tests.Machines.Fleet;

/// <summary>
/// Applies random events to a runner with two slots and its jobs, in any order, repeated or late, and compares the
/// fleet API with a model.
/// </summary>
public sealed class FleetModelTests
{
    private const int Steps = 60;

    [Theory]
    [EveryDatabase(1)]
    [EveryDatabase(2)]
    [EveryDatabase(3)]
    public async Task Status_slots_and_pods_always_match_the_model(Engine engine, int seed)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = new Rig(world, new Random(seed));
        var done = new List<string>();
        for (var step = 0; step < Steps; step++)
        {
            done.Add(await rig.StepAsync());
            var (said, meant) = ("", rig.Expected());
            for (var i = 0; i < 500 && said != meant; i++)
                said = await rig.SaidAsync(); // The server notices the end of a connection soon, by itself.
            if (said != meant)
                throw new XunitException(
                    $"Seed {seed}, after {string.Join(", ", done)}:\nthe model says   {meant}\nthe server says  {said}"
                );
        }
        Assert.True(rig.Kinds >= 8, $"Seed {seed} only tried {string.Join(", ", done)}");
    }

    /// <summary>The expected state of the machine, and the actions that change it.</summary>
    private sealed class Rig(FleetWorld world, Random random)
    {
        private static readonly string NoLease = Guid.Empty.ToString();

        private readonly List<string> pending = [];

        // The pod's status, by job.
        private readonly SortedDictionary<string, string> ended = new(StringComparer.Ordinal);
        private readonly Slot[] slots = [new(), new()];
        private readonly HashSet<string> kinds = [];
        private string? maintenance;
        private int? slotsMax;

        private sealed class Slot
        {
            public TestRunner? Channel { get; set; }
            public bool WasOpen { get; set; }
            public (string Job, string Lease, bool Running)? Work { get; set; }
            public object? Last { get; set; } // The last message about a job's end.
        }

        public int Kinds => kinds.Count;

        public async Task<string> StepAsync()
        {
            while (true)
            {
                var at = random.Next(slots.Length);
                var name = await TryAsync(random.Next(13), at, slots[at]);
                if (name is null)
                    continue; // Not possible now.
                kinds.Add(name);
                return $"{name} {at}";
            }
        }

        public string Expected()
        {
            var free = slots
                .Index()
                .Count(slot =>
                    slot.Item is { Channel: not null, Work: null } && (slotsMax is not { } max || slot.Index < max)
                );
            var status =
                !slots.Any(slot => slot.Channel is not null) ? "offline"
                : maintenance is not null ? "maintenance"
                : free == 0 ? "busy"
                : "online";
            var pods = new SortedDictionary<string, string>(ended, StringComparer.Ordinal);
            foreach (var job in pending)
                pods.Add(job, "pending");
            foreach (var work in slots.Where(slot => slot.Work is not null).Select(slot => slot.Work!.Value))
                pods.Add(work.Job, work.Running ? "running" : "initializing");
            return Text(
                status,
                slots.Count(slot => slot.Work is not null),
                slotsMax ?? (slots[1].WasOpen ? 2 : 1),
                status == "online" ? free : 0,
                pods
            );
        }

        public async Task<string> SaidAsync()
        {
            var runner = await world.RunnerAsync(world.Ours);
            var pods = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var pod in (await world.Key.GetAsync("/pods?limit=200")).Expect(200)["pods"]!.AsArray())
                pods.Add((string)pod!["job"]!, (string)pod["status"]!);
            return Text(
                (string)runner["status"]!,
                (int)runner["pod_count"]!,
                (int)runner["max_pods"]!,
                (int)runner["free_slots"]!["benchmark"]!,
                pods
            );
        }

        private static string Text(
            string status,
            int count,
            int max,
            int free,
            SortedDictionary<string, string> pods
        ) =>
            $"{status}, {count} of {max}, {free} free; "
            + $"{string.Join(' ', pods.Select(pod => $"{pod.Key[^6..]}:{pod.Value}"))}";

        /// <returns>The name of the action, or null if it is not possible now.</returns>
        private async Task<string?> TryAsync(int what, int at, Slot slot)
        {
            switch (what)
            {
                case 0 or 1 when pending.Count < 3:
                    pending.Add(await world.SubmitAsync());
                    return "submit";
                case 2 or 3 when slot.Channel is null:
                    return await ConnectAsync(at, slot);
                case 4 when slot.Channel is { } channel:
                    channel.Cut();
                    slot.Channel = null;
                    return "cut";
                case 5
                or 6
                    when slot is { Channel: { } channel, Work: null }
                        && pending.Count > 0
                        && maintenance is null
                        && (slotsMax is not { } max || at < max):
                    var claim = await channel.TakeAsync();
                    Assert.Equal(pending[0], (string)claim["uuid"]!);
                    slot.Work = (pending[0], (string)claim["lease"]!, false);
                    pending.RemoveAt(0);
                    return "take";
                case 7 when slot is { Channel: { } channel, Work: { Running: false } work }:
                    await channel.AskAsync(new { @event = "running", lease = work.Lease }, "ack");
                    slot.Work = work with { Running = true };
                    return "run";
                case 8 when slot is { Channel: not null, Work: { Running: true } work }:
                    var completed = new
                    {
                        @event = "completed",
                        job = work.Job,
                        lease = work.Lease,
                        results = new[] { new { exit_code = 0, stdout = Run.Latencies(("a", 1)) } },
                    };
                    return await EndAsync(slot, completed, "completed");
                case 9 when slot is { Channel: not null, Work: { } work }:
                    return await EndAsync(
                        slot,
                        new
                        {
                            @event = "failed",
                            job = work.Job,
                            lease = work.Lease,
                            results = Array.Empty<object>(),
                            error = "killed: out of memory",
                        },
                        "error"
                    );
                case 10:
                    return await CancelAsync();
                case 11 when slot.Channel is { } channel:
                    return await LateAsync(channel, slot);
                case 12 when random.Next(3) == 0:
                    return await OperateAsync();
                default:
                    return null;
            }
        }

        // A slot with a job continues it.
        private async Task<string> ConnectAsync(int at, Slot slot)
        {
            slot.Channel = await world.ConnectAsync(world.Ours, at);
            slot.WasOpen = true;
            if (slot.Work is { } work)
                await slot.Channel.AskAsync(
                    new { @event = work.Running ? "heartbeat" : "running", lease = work.Lease },
                    "ack"
                );
            if (slot.Work is { Running: false } begun)
                slot.Work = begun with { Running = true };
            return "connect";
        }

        private async Task<string> EndAsync(Slot slot, object message, string status)
        {
            await slot.Channel!.AskAsync(message, "ack");
            ended.Add(slot.Work!.Value.Job, status);
            (slot.Work, slot.Last) = (null, message);
            return status;
        }

        private async Task<string?> CancelAsync()
        {
            var held = Array.FindAll(slots, slot => slot.Work is not null);
            if (pending.Count > 0 && random.Next(2) == 0)
            {
                var job = pending[random.Next(pending.Count)];
                (await world.Admin.PostAsync($"/v0/projects/app/jobs/{job}/cancel", null)).Expect(200);
                pending.Remove(job);
                ended.Add(job, "terminated");
                return "cancel waiting";
            }
            if (held.Length == 0)
                return null;
            var slot = held[random.Next(held.Length)];
            var work = slot.Work!.Value;
            (await world.Admin.PostAsync($"/v0/projects/app/jobs/{work.Job}/cancel", null)).Expect(200);
            ended.Add(work.Job, "terminated");
            slot.Work = null;
            if (slot.Channel is { } channel)
            {
                await channel.ReceiveAsync("cancel");
                slot.Last = new
                {
                    @event = "canceled",
                    job = work.Job,
                    lease = work.Lease,
                };
                await channel.AskAsync(slot.Last, "ack");
            }
            return "cancel held";
        }

        // A repeated message, one about another's job, or one with an invalid lease: it is accepted and changes
        // nothing.
        private async Task<string> LateAsync(TestRunner channel, Slot slot)
        {
            var others = slots.First(other => other != slot).Work?.Job
                ?? ended.Keys.FirstOrDefault()
                ?? Guid.NewGuid().ToString();
            var message = (slot.Last, random.Next(3)) switch
            {
                ({ } last, 0) => last,
                (_, 1) => new
                {
                    @event = "completed",
                    job = others,
                    lease = NoLease,
                    results = Array.Empty<object>(),
                },
                _ => new
                {
                    @event = "failed",
                    job = slot.Work?.Job ?? others,
                    lease = NoLease,
                    results = Array.Empty<object>(),
                    error = "lies",
                },
            };
            await channel.AskAsync(message, "ack");
            return "late";
        }

        private async Task<string> OperateAsync()
        {
            if (random.Next(2) == 0)
            {
                maintenance = maintenance is null ? "new disk" : null;
                await PatchAsync(new { maintenance = maintenance is null ? null : new { reason = maintenance } });
                return "maintenance";
            }
            slotsMax = slotsMax is null ? random.Next(1, 4) : null;
            await PatchAsync(new { slots = slotsMax });
            return "slots";
        }

        private async Task PatchAsync(object patch) =>
            (await world.Admin.PatchAsync($"/v0/runners/{world.Ours.Uuid}", patch)).Expect(200);
    }
}

using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Tests.Ground.Limits;

namespace Paddock.Server.Tests.Machines.Dispatch;

public sealed class QueueOrderTests
{
    [Fact]
    public void The_computed_queue_position_matches_a_simulation_of_the_claims()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var heldMax = random.Next(3) == 0 ? random.Next(1, 6) : (int?)null;
            // The own organization is below its limit, because the wait for that to change is unknown.
            var all = Enumerable
                .Range(0, random.Next(1, 6))
                .Select(i => new Contender(new(i), random.Next(1, 6), new(random.Next(4), random.Next(3), 10 - i)))
                .ToList();
            var own = all[0];
            var ahead = random.Next((int)own.Waiting);
            var most = heldMax is { } max && own.Turn.Held + ahead >= max ? (int?)null : heldMax;

            var before = QueueOrder.Before(own.Turn, ahead, all.Skip(1), most);

            Assert.True(Handed(all, ahead, most) == before, $"seed {seed}");
        }
    }

    [Fact]
    public void Organizations_take_turns()
    {
        var flood = new Contender(new(1), Waiting: 100, new(Held: 1, LastClaimed: 50, FirstId: 10));
        var newcomer = new Contender(new(2), Waiting: 3, new(Held: 0, LastClaimed: 0, FirstId: 110));

        Assert.Equal(
            [0, 2, 4],
            Enumerable.Range(0, 3).Select(i => QueueOrder.Before(newcomer.Turn, i, [flood], heldMax: null))
        );
        Assert.Equal(
            [1, 3, 5, 6, 7],
            Enumerable.Range(0, 5).Select(i => QueueOrder.Before(flood.Turn, i, [newcomer], heldMax: null))
        );
        Assert.Equal(
            [0, 1, 2],
            Enumerable.Range(0, 3).Select(i => QueueOrder.Before(newcomer.Turn, i, [flood], heldMax: 1))
        );
    }

    // Hands out jobs one by one, in the order of claims.
    private static long Handed(List<Contender> all, int ahead, int? heldMax)
    {
        var left = all.ToDictionary(one => one.OrganizationId, one => one);
        for (var (count, clock, own) = (0L, 1000, 0); ; count++, clock++)
        {
            var next = left.Values.Where(one => one.Waiting > 0 && !(one.Turn.Held >= heldMax)).MinBy(one => one.Turn)!;
            if (next.OrganizationId == all[0].OrganizationId && own++ == ahead)
                return count;
            left[next.OrganizationId] = next with
            {
                Waiting = next.Waiting - 1,
                Turn = next.Turn with { Held = next.Turn.Held + 1, LastClaimed = clock },
            };
        }
    }
}

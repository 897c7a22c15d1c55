using Paddock.Core.Jobs;
using Paddock.Core.Wire;

namespace Paddock.Core.Tests.Jobs;

public sealed class JobLifeTests
{
    [Fact]
    public void A_processed_or_canceled_job_never_changes_its_status()
    {
        foreach (var trigger in Enum.GetValues<JobTrigger>())
        foreach (var attempts in new[] { 0, 1, 2 })
        {
            Assert.Null(JobStatus.Processed.Next(trigger, attempts));
            Assert.Null(JobStatus.Canceled.Next(trigger, attempts));
        }
    }

    [Fact]
    public void A_job_is_claimed_and_started_at_most_twice_in_any_order_of_events()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var triggers = Enum.GetValues<JobTrigger>();
        for (var round = 0; round < 2000; round++)
        {
            var (status, attempts, starts) = (JobStatus.Pending, 0, 0);
            for (var i = 0; i < 40; i++)
            {
                var trigger = triggers[random.Next(triggers.Length)];
                if (status.Next(trigger, attempts) is not { } next)
                    continue;
                if (trigger == JobTrigger.Claim)
                    attempts++;
                if (trigger == JobTrigger.Return)
                    attempts--;
                if (trigger == JobTrigger.Start && status == JobStatus.Claimed)
                    starts++;
                Assert.True(next != JobStatus.Processed || status == JobStatus.Completed, $"seed {seed}: {status}");
                Assert.True(next != JobStatus.Pending || status.IsHeld(), $"seed {seed}: {status}");
                status = next;
            }
            Assert.True(
                attempts is >= 0 and <= JobLife.AttemptsMax && starts <= JobLife.AttemptsMax,
                $"seed {seed}: {attempts} attempts, {starts} starts"
            );
        }
    }

    [Theory]
    [InlineData(JobStatus.Claimed, 1, JobStatus.Pending)]
    [InlineData(JobStatus.Claimed, 2, JobStatus.Failed)]
    [InlineData(JobStatus.Running, 1, JobStatus.Failed)]
    public void A_lost_job_is_queued_again_once_and_only_if_it_had_not_started(
        JobStatus status,
        int attempts,
        JobStatus next
    ) => Assert.Equal(next, status.Next(JobTrigger.Lose, attempts));

    [Fact]
    public void A_late_result_counts_after_a_failure_and_not_after_a_cancellation()
    {
        Assert.Equal(JobStatus.Completed, JobStatus.Failed.Next(JobTrigger.Complete, attempts: 1));
        Assert.Null(JobStatus.Canceled.Next(JobTrigger.Complete, attempts: 1));
        Assert.False(JobStatus.Canceled.IsBreach(JobTrigger.Complete));
        Assert.True(JobStatus.Claimed.IsBreach(JobTrigger.Complete));
    }

    [Theory]
    [InlineData(JobStatus.Pending, JobStatus.Failed)]
    [InlineData(JobStatus.Running, JobStatus.Failed)]
    [InlineData(JobStatus.Completed, JobStatus.Failed)]
    [InlineData(JobStatus.Failed, null)]
    [InlineData(JobStatus.Processed, null)]
    public void A_job_that_is_set_aside_fails_unless_it_has_already_ended(JobStatus status, JobStatus? next) =>
        Assert.Equal(next, status.Next(JobTrigger.SetAside, attempts: 1));
}

using Paddock.Core.Jobs;
using Paddock.Core.Wire;

namespace Paddock.Core.Tests.Jobs;

public sealed class JobLifeTests
{
    [Fact]
    public void What_is_final_stays_whatever_happens()
    {
        foreach (var trigger in Enum.GetValues<JobTrigger>())
        foreach (var attempts in new[] { 0, 1, 2 })
        {
            Assert.Null(JobStatus.Processed.Next(trigger, attempts));
            Assert.Null(JobStatus.Canceled.Next(trigger, attempts));
        }
    }

    [Fact]
    public void Whatever_happens_in_whatever_order_a_job_begins_once_more_at_most_and_runs_under_one_claim()
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
                Assert.True(next != JobStatus.Processed || status == JobStatus.Completed, $"seed {seed}");
                Assert.True(next != JobStatus.Pending || status.IsHeld(), $"seed {seed}");
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
    public void A_lost_job_goes_back_once_where_it_had_not_begun(JobStatus status, int attempts, JobStatus next) =>
        Assert.Equal(next, status.Next(JobTrigger.Lose, attempts));

    [Fact]
    public void A_result_that_comes_late_counts_where_the_job_was_given_up_and_not_where_it_was_canceled()
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
    public void A_job_that_the_server_fails_on_again_and_again_ends_where_it_has_not(
        JobStatus status,
        JobStatus? next
    ) => Assert.Equal(next, status.Next(JobTrigger.SetAside, attempts: 1));
}

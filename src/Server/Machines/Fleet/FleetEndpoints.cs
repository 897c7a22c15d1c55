using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Machines.Fleet;

/// <summary>
/// Runners and their pods, for monitoring tools. Anything the key may not see is answered as not found. The
/// organization is the key's; if the path names one, it must be the same.
/// </summary>
internal sealed class FleetEndpoints(Db db, FleetAnswers answers, Dispatcher dispatch, TimeProvider time)
{
    private const int LimitMax = 200;
    private const int RunnerPodsLimit = 50;
    private const int PodsLimit = 20;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var fleet = ActivatorUtilities.CreateInstance<FleetEndpoints>(routes.ServiceProvider);
        foreach (var prefix in FleetAccess.Prefixes)
        {
            routes
                .Get(prefix + "/runners", OnFleet.Reading(ApiScope.RunnersRead), fleet.ListAsync)
                .Speaks(FleetErrors.Dialect)
                .Gives<FleetRunners>();
            routes
                .Get(prefix + "/runners/available", OnFleet.Reading(ApiScope.RunnersRead), fleet.AvailableAsync)
                .Speaks(FleetErrors.Dialect)
                .Gives<FleetRunners>();
            routes
                .Get(prefix + "/runners/{id}", OnFleet.Reading(ApiScope.RunnersRead), fleet.ViewAsync)
                .Speaks(FleetErrors.Dialect)
                .Gives<OneFleetRunner>();
            routes
                .Get(prefix + "/runners/{id}/pods", OnFleet.Key(ApiScope.RunnersRead), fleet.PodsOfAsync)
                .Speaks(FleetErrors.Dialect)
                .Asks("status")
                .Asks("limit", "integer")
                .Asks("offset", "integer")
                .Gives<Pods>();
            routes
                .Get(prefix + "/pods", OnFleet.Key(ApiScope.PodsRead), fleet.PodsAsync)
                .Speaks(FleetErrors.Dialect)
                .Asks("status")
                .Asks("limit", "integer")
                .Asks("offset", "integer")
                .Gives<Pods>();
            routes
                .Get(prefix + "/pods/{key}", OnFleet.Key(ApiScope.PodsRead), fleet.PodAsync)
                .Speaks(FleetErrors.Dialect)
                .Gives<OnePod>();
            routes
                .Post(prefix + "/pods/{key}/terminate", OnFleet.Key(ApiScope.PodsWrite), fleet.TerminateAsync)
                .Speaks(FleetErrors.Dialect)
                .Gives<OnePod>();
        }
    }

    private Task<Answer> ListAsync(Call call, FleetReader reader) => ListAsync(call, reader, onlyAvailable: false);

    private Task<Answer> AvailableAsync(Call call, FleetReader reader) => ListAsync(call, reader, onlyAvailable: true);

    private Task<Answer> ListAsync(Call call, FleetReader reader, bool onlyAvailable)
    {
        var (state, seenSince) = ("", dispatch.SeenSince);
        return reader.ReadAsync(
            (sql, key) => answers.RunnersAsync(sql, call, key.OrganizationId, onlyAvailable, state, seenSince),
            along: organization =>
                (
                    FleetTable.StateOf(
                        SqlText.Of($"{FleetTable.VisibleTo(organization)} AND {FleetTable.InUse}"),
                        seenSince
                    ),
                    row => state = FleetTable.ReadState(row)
                )
        );
    }

    private async Task<Answer> ViewAsync(Call call, FleetReader reader)
    {
        var runner = await reader.ReadAsync((sql, key) => FindAsync(sql, key.OrganizationId, Id(call), call.Aborted));
        return Json(call, new OneFleetRunner(runner), Wire.Default.OneFleetRunner);
    }

    private async Task<Answer> PodsOfAsync(Call call, ApiKeyRow key)
    {
        var (id, statuses, limit, offset) = (Id(call), Statuses(call), Limit(call, RunnerPodsLimit), Offset(call));
        var whole = key.Scopes.Include(ApiScope.PodsRead);
        var (pods, total) = await db.ReadAsync(
            async sql =>
            {
                await FindAsync(sql, key.OrganizationId, id, call.Aborted);
                return await PodTable.ListAsync(
                    sql,
                    new(key.OrganizationId, id, statuses),
                    limit,
                    offset,
                    whole,
                    call.Aborted
                );
            },
            call.Aborted
        );
        return Json(call, new Pods(pods, total, limit, offset), Wire.Default.Pods);
    }

    private async Task<Answer> PodsAsync(Call call, ApiKeyRow key)
    {
        var (statuses, limit, offset) = (Statuses(call), Limit(call, PodsLimit), Offset(call));
        var (pods, total) = await db.ReadAsync(
            sql =>
                PodTable.ListAsync(
                    sql,
                    new(key.OrganizationId, RunnerId: null, statuses),
                    limit,
                    offset,
                    whole: true,
                    call.Aborted
                ),
            call.Aborted
        );
        return Json(call, new Pods(pods, total, limit, offset), Wire.Default.Pods);
    }

    private async Task<Answer> PodAsync(Call call, ApiKeyRow key)
    {
        var name = (string)call.Http.GetRouteValue("key")!;
        var pod = await db.ReadAsync(
            sql => PodTable.FindAsync(sql, key.OrganizationId, name, call.Aborted),
            call.Aborted
        ) ?? throw Refusal.NotFound("pod", name);
        return Json(call, new OnePod(pod), Wire.Default.OnePod);
    }

    // Idempotent: a pod that has ended stays as it is.
    private async Task<Answer> TerminateAsync(Call call, ApiKeyRow key)
    {
        var name = (string)call.Http.GetRouteValue("key")!;
        var (pod, wasHeld) = await db.WriteAsync(async sql =>
        {
            var before = await PodTable.FindAsync(sql, key.OrganizationId, name) ?? throw Refusal.NotFound("pod", name);
            var job = await JobTable.LockAsync(sql, before.Job) ?? throw Refusal.NotFound("pod", name);
            var moved = await JobTable.MoveAsync(
                sql,
                job,
                JobTrigger.Cancel,
                "Somebody terminated its pod.",
                time.GetUtcNow()
            );
            return (
                (await PodTable.FindAsync(sql, key.OrganizationId, name))!,
                moved is not null && job.Status.IsHeld()
            );
        });
        return wasHeld
            ? Answer.Accepted(new OnePod(pod), Wire.Default.OnePod)
            : Answer.Ok(new OnePod(pod), Wire.Default.OnePod);
    }

    private async Task<FleetRunner> FindAsync(
        Sql sql,
        Id<Organization> organizationId,
        Id<Runner> id,
        CancellationToken ct
    )
    {
        var found = await FleetTable.ListAsync(
            sql,
            SqlText.Of($"runners.id = {id} AND {FleetTable.VisibleTo(organizationId)}"),
            dispatch.SeenSince,
            ct
        );
        return found is [var runner] ? runner : throw Refusal.NotFound("runner", id);
    }

    private static FleetAnswer Json<T>(Call call, T value, JsonTypeInfo<T> type) =>
        FleetAnswer.Of(call, JsonSerializer.SerializeToUtf8Bytes(value, type));

    // Parsed here and not by the route, so that a malformed number gets its own error instead of 404.
    private static Id<Runner> Id(Call call)
    {
        var text = (string?)call.Http.GetRouteValue("id");
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new(id)
            : throw new Refusal(
                Because.BadInput,
                $"id: {Text.Quote(text)} is not a whole number; this API identifies runners by their number"
            )
            {
                FleetCode = "INVALID_INPUT",
            };
    }

    private static int Limit(Call call, int standard)
    {
        if (call.Query("limit") is not { } text)
            return standard;
        return IsDigits(text) && text.AsSpan().TrimStart('0') is { Length: > 0 } digits
            ? digits.Length > 3
                ? LimitMax
                : Math.Min(LimitMax, int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture))
            : throw Refusal.BadInput(
                $"limit: {Text.Quote(text)} is not possible; allowed: a whole number from 1; more than {LimitMax} "
                    + $"counts as {LimitMax}"
            );
    }

    private static long Offset(Call call)
    {
        if (call.Query("offset") is not { } text)
            return 0;
        return IsDigits(text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw Refusal.BadInput($"offset: {Text.Quote(text)} is not possible; allowed: a whole number from 0");
    }

    private static bool IsDigits(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    private static List<PodStatus> Statuses(Call call)
    {
        if (call.Query("status") is not { } text)
            return [];
        return
        [
            .. text.Split(',')
                .Select(word =>
                    Words<PodStatus>.TryParse(word.Trim(), out var status)
                        ? status
                        : throw Refusal.BadInput($"status: {Words<PodStatus>.Refusal(word)}")
                )
                .Distinct(),
        ];
    }
}

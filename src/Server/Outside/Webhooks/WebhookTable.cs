using System.Security.Cryptography;
using System.Text;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Outside.Webhooks;

/// <summary>A webhook with everything needed to deliver to it.</summary>
internal sealed record WebhookRow(
    Id<Webhook> Id,
    Guid Uuid,
    Id<Project> ProjectId,
    string Url,
    WebhookForm Form,
    string Secret,
    int Attempts,
    string? Error,
    DateTimeOffset Created
)
{
    public static readonly Raw Columns = new(
        "webhooks.id, webhooks.uuid, webhooks.project_id, webhooks.url, webhooks.form, webhooks.secret, "
            + "webhooks.attempts, webhooks.error, webhooks.created"
    );

    /// <summary>The scheme that replaces the URL when the row is a user who gets mail.</summary>
    public const string UserScheme = "user:";

    /// <summary>The user who watches the project by mail; null for a webhook.</summary>
    public Guid? Watcher =>
        Url.StartsWith(UserScheme, StringComparison.Ordinal) ? Guid.Parse(Url[UserScheme.Length..]) : null;

    public static WebhookRow Read(Row row) =>
        new(
            row.Id<Webhook>(),
            row.Uuid(),
            row.Id<Project>(),
            row.Text(),
            row.Word<WebhookForm>(),
            row.Text(),
            row.Int(),
            row.TextOrNull(),
            row.Time()
        );

    public Webhook ToWire(ProjectRow project) =>
        new(
            Uuid,
            project.Uuid,
            Form == WebhookForm.Slack ? new Uri(Url).GetLeftPart(UriPartial.Authority) : Url,
            Form,
            Error,
            Created
        );
}

/// <summary>An event that a webhook has not been told yet.</summary>
internal sealed record UntoldEvent(long Id, EventKind Kind, Guid Change, ChangeState State);

/// <summary>
/// Webhooks, each with the last event delivered to it. Its pending events follow from that, so no queue is needed
/// besides the events, and a restart loses nothing.
/// </summary>
internal static class WebhookTable
{
    private const string IsWatcher = $"webhooks.url LIKE '{WebhookRow.UserScheme}%'";

    public static readonly ListLimit Limit = new(
        "PADDOCK_WEBHOOKS_PER_PROJECT_MAX",
        Standard: 20,
        Owner: "project",
        Owners: "projects",
        Things: "webhooks",
        Table: "webhooks",
        OwnerColumn: "project_id"
    )
    {
        Among = $"NOT ({IsWatcher})",
    };

    /// <summary>The limit of users who watch a project by mail.</summary>
    public static readonly ListLimit WatcherLimit = new(
        "PADDOCK_WATCHERS_PER_PROJECT_MAX",
        Standard: 1000,
        Owner: "project",
        Owners: "projects",
        Things: "watchers",
        Table: "webhooks",
        OwnerColumn: "project_id",
        Remedy: "Another user has to stop watching first."
    )
    {
        Among = IsWatcher,
    };

    private static readonly Raw NoWatcher = new($"NOT ({IsWatcher})");

    private const int AtOnce = 20;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    public static Task<List<WebhookRow>> ListAsync(Sql sql, ProjectRow project, CancellationToken ct) =>
        sql.ListAsync(
            $"SELECT {WebhookRow.Columns} FROM webhooks WHERE project_id = {project.Id} AND {NoWatcher} ORDER BY id",
            WebhookRow.Read,
            ct
        );

    /// <exception cref="Refusal">The project has reached its limit of webhooks.</exception>
    public static async Task<WebhookRow> InsertAsync(
        Sql sql,
        ProjectRow project,
        Uri url,
        WebhookForm form,
        ListLimits limits,
        DateTimeOffset now
    )
    {
        await limits.MakeRoomAsync(sql, Limit, project.Id, now);
        var (uuid, secret) = (Guid.CreateVersion7(now), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        var id = await sql.InsertAsync<Webhook>(
            $"""
            INSERT INTO webhooks (uuid, project_id, url, form, secret, last_event, attempts, due, created)
            VALUES ({uuid}, {project.Id}, {url.AbsoluteUri}, {form}, {secret}, (SELECT COALESCE(max(id), 0) FROM change_events), {0}, {now}, {now})
            """
        );
        return new(id, uuid, project.Id, url.AbsoluteUri, form, secret, Attempts: 0, Error: null, now);
    }

    /// <summary>The webhook that a route names.</summary>
    /// <exception cref="Refusal">The webhook does not exist.</exception>
    public static async Task<WebhookRow> GetAsync(Sql sql, ProjectRow project, Guid webhook, CancellationToken ct) =>
        await sql.FirstAsync(
            $"SELECT {WebhookRow.Columns} FROM webhooks WHERE project_id = {project.Id} AND uuid = {webhook} AND "
                + $"{NoWatcher}",
            WebhookRow.Read,
            ct
        ) ?? throw Refusal.NotFound("webhook", webhook);

    public static Task<bool> IsWatchedAsync(Sql sql, ProjectRow project, Guid user, CancellationToken ct) =>
        sql.AnyAsync(
            $"SELECT 1 FROM webhooks WHERE project_id = {project.Id} AND url = {WebhookRow.UserScheme + user}",
            ct
        );

    /// <summary>Subscribes a user to mail about a project.</summary>
    /// <exception cref="Refusal">The project has reached its limit of watchers.</exception>
    public static async Task WatchAsync(Sql sql, ProjectRow project, Guid user, ListLimits limits, DateTimeOffset now)
    {
        await sql.AnyAsync($"SELECT id FROM projects WHERE id = {project.Id}{sql.ForChangeOf("projects")}");
        if (await IsWatchedAsync(sql, project, user, CancellationToken.None))
            return;
        await limits.MakeRoomAsync(sql, WatcherLimit, project.Id, now);
        await sql.InsertAsync(
            $"""
            INSERT INTO webhooks (uuid, project_id, url, form, secret, last_event, attempts, due, created)
            VALUES ({Guid.CreateVersion7(now)}, {project.Id}, {WebhookRow.UserScheme
                + user}, {WebhookForm.Signed}, {""},
                (SELECT COALESCE(max(id), 0) FROM change_events), {0}, {now}, {now})
            """
        );
    }

    public static Task UnwatchAsync(Sql sql, Id<Project> projectId, Guid user) =>
        sql.ExecuteAsync(
            $"DELETE FROM webhooks WHERE project_id = {projectId} AND url = {WebhookRow.UserScheme + user}"
        );

    public static async Task<bool> DeleteAsync(Sql sql, ProjectRow project, Guid webhook) =>
        await sql.ExecuteAsync(
            $"DELETE FROM webhooks WHERE project_id = {project.Id} AND uuid = {webhook} AND {NoWatcher}"
        ) > 0;

    /// <summary>Claims the webhooks that have something to deliver now; meanwhile no other server gets them.</summary>
    public static async Task<List<WebhookRow>> TakeAsync(Sql sql, DateTimeOffset now)
    {
        var due = await sql.ListAsync(
            $"""
            SELECT {WebhookRow.Columns} FROM webhooks
            WHERE webhooks.due <= {now} AND EXISTS (SELECT 1 FROM change_events JOIN changes ON changes.id = change_events.change_id
                WHERE change_events.id > webhooks.last_event AND changes.project_id = webhooks.project_id)
            ORDER BY CASE WHEN webhooks.attempts = 0 THEN 0 ELSE 1 END, webhooks.due, webhooks.id LIMIT {AtOnce}{sql.ForClaimOf(
                "webhooks"
            )}
            """,
            WebhookRow.Read
        );
        if (due.Count > 0)
            await sql.ExecuteAsync(
                $"UPDATE webhooks SET due = {now + Lease} WHERE id IN {due.ConvertAll(hook => hook.Id)}"
            );
        return due;
    }

    public static Task<List<UntoldEvent>> UntoldAsync(Sql sql, WebhookRow hook, CancellationToken ct) =>
        sql.ListAsync(
            $"""
            SELECT change_events.id, change_events.kind, changes.uuid, changes.state FROM webhooks
            JOIN change_events ON change_events.id > webhooks.last_event
            JOIN changes ON changes.id = change_events.change_id AND changes.project_id = webhooks.project_id
            WHERE webhooks.id = {hook.Id} ORDER BY change_events.id LIMIT {AtOnce}
            """,
            row => new UntoldEvent(row.Long(), row.Word<EventKind>(), row.Uuid(), row.Word<ChangeState>()),
            ct
        );

    public static Task ToldAsync(Sql sql, WebhookRow hook, long lastEvent, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"UPDATE webhooks SET last_event = {lastEvent}, attempts = 0, error = {(string?)null}, due = {now} WHERE "
                + $"id = {hook.Id}"
        );

    public static Task FailedAsync(Sql sql, WebhookRow hook, string error, DateTimeOffset due) =>
        sql.ExecuteAsync(
            $"UPDATE webhooks SET attempts = attempts + 1, error = {error}, due = {due} WHERE id = {hook.Id}"
        );

    /// <summary>
    /// The signature of a message. It covers the time and the body, so an old message cannot be replayed.
    /// </summary>
    public static string Sign(string secret, string timestamp, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        mac.AppendData(Encoding.UTF8.GetBytes(timestamp + "."));
        mac.AppendData(body);
        return "sha256=" + Convert.ToHexStringLower(mac.GetHashAndReset());
    }
}

using Paddock.Core.Names;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Disk;

namespace Paddock.Server.Installation;

/// <c>paddock-server admin create</c>: creates an administrator, for an operator with a shell and the server's
/// settings. The server may be running.
internal static class AdminCommand
{
    public const string Usage = "paddock-server admin create EMAIL [NAME]";

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        string address,
        string? name,
        Func<string, string?> environment,
        TextWriter output,
        TextWriter error
    )
    {
        if (!Email.TryParse(address, out var email))
            return await RefuseAsync(error, $"EMAIL: {Text.Refusal<Email>(address)}");
        var wanted = name ?? "Administrator";
        if (!UserName.TryParse(wanted, out var userName))
            return await RefuseAsync(error, $"NAME: {Text.Refusal<UserName>(wanted)}");
        var options = ServerOptions.FromEnvironment(environment);
        PrivateFiles.MaskOthers();
        await using var db = Db.Open(options.Database, options.DataFolder, ReadLimits.Usual, TimeProvider.System);
        await ServerTable.EnsureAsync(db, TimeProvider.System);
        var user = await db.WriteAsync(sql =>
            FirstAdmin.MakeAsync(sql, userName, email, TimeProvider.System.GetUtcNow())
        );
        var token = new Jwt(options, TimeProvider.System).Sign(Audience.Auth, user, Jwt.ConfirmFor).Text;
        var mail = new MailText(options).ConfirmLogin(email.Value, token);
        await output.WriteLineAsync($"{user.Name} ({user.Slug}, {user.Email}) is an administrator of this server.");
        foreach (var line in mail.Body)
            await output.WriteLineAsync(line);
        return 0;
    }

    private static async Task<int> RefuseAsync(TextWriter error, string message)
    {
        await error.WriteLineAsync(message);
        return 2;
    }
}

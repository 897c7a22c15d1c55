using Paddock.Core.Names;
using Paddock.Server.Database;
using Paddock.Server.Server;

namespace Paddock.Server.Users;

/// <summary>
/// <c>paddock-server admin create</c>: whoever has a shell where the server runs, and its settings, makes an administrator, whether the server is up or not.
/// </summary>
internal static class AdminCommand
{
    public const string Usage = "paddock-server admin create EMAIL [NAME]";

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string address, string? name, Func<string, string?> environment, TextWriter output, TextWriter error)
    {
        if (!Email.TryParse(address, out var email)) return await RefuseAsync(error, $"EMAIL: {Text.Refusal<Email>(address)}");
        var wanted = name ?? "Administrator";
        if (!UserName.TryParse(wanted, out var userName)) return await RefuseAsync(error, $"NAME: {Text.Refusal<UserName>(wanted)}");
        var options = ServerOptions.FromEnvironment(environment);
        PrivateFiles.MaskOthers();
        await using var db = Db.Open(options.Database, options.DataFolder, ReadLimits.Usual, TimeProvider.System);
        await Server.ServerTable.EnsureAsync(db, TimeProvider.System);
        var user = await db.WriteAsync(sql => FirstAdmin.MakeAsync(sql, userName, email, TimeProvider.System.GetUtcNow()));
        var mail = new MailText(options).ConfirmLogin(email.Value, new Jwt(options, TimeProvider.System).Sign(Audience.Auth, user, Jwt.ConfirmFor).Text);
        await output.WriteLineAsync($"{user.Name} ({user.Slug}, {user.Email}) is an administrator of this server.");
        foreach (var line in mail.Body) await output.WriteLineAsync(line);
        return 0;
    }

    private static async Task<int> RefuseAsync(TextWriter error, string message)
    {
        await error.WriteLineAsync(message);
        return 2;
    }
}

using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Http;
using Paddock.Server.Organizations;
using Paddock.Server.RateLimits;

namespace Paddock.Server.Users;

/// <summary>Signing up and in: whoever can read the mail to an address is its user.</summary>
internal sealed class AuthEndpoints(Db db, Callers callers, SignUp signUp, Jwt jwt, MailText text, LogMailer mailer, RateLimiters limits, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var auth = ActivatorUtilities.CreateInstance<AuthEndpoints>(routes.ServiceProvider);
        routes.Post("/v0/auth/signup", auth.SignupAsync).Takes<Signup>().Gives<AuthAck>(202);
        routes.Post("/v0/auth/login", auth.LoginAsync).Takes<Login>().Gives<AuthAck>(202);
        routes.Post("/v0/auth/confirm", auth.ConfirmAsync).Takes<Confirm>().Gives<Session>();
        routes.Post("/v0/auth/accept", auth.AcceptAsync).Takes<Accept>().Gives<AuthAck>(202);
    }

    private async Task<Answer> SignupAsync(Call call)
    {
        limits.PublicAttempt(call);
        return Ack(await signUp.RunAsync(await call.BodyAsync(Wire.Default.Signup)));
    }

    private async Task<Answer> LoginAsync(Call call)
    {
        limits.PublicAttempt(call);
        var login = await call.BodyAsync(Wire.Default.Login);
        var email = login.Email.Value;
        var user = await db.ReadAsync(sql => UserTable.ByEmailAsync(sql, email, call.Aborted), call.Aborted) ?? throw Refusal.NotFound("user", email);
        limits.UserAttempt(user);
        if (user.Locked) throw Refusal.NotAllowed("This account is locked.");
        if (login.Invite is { } invite) await JoinAsync(Invitation.Check(jwt, invite, email), user);
        mailer.Send(text.ConfirmLogin(email, jwt.Sign(Audience.Auth, email, Jwt.ConfirmFor).Text));
        return Ack(user);
    }

    private async Task<Answer> ConfirmAsync(Call call)
    {
        limits.PublicAttempt(call);
        var confirm = await call.BodyAsync(Wire.Default.Confirm);
        if (!Jwt.LooksLikeOne(confirm.Token)) throw Refusal.BadInput("token: not of the form of a token, three parts with dots between them");
        var claims = jwt.Check(confirm.Token, Audience.Auth) ?? throw Refusal.NotSignedIn("token: not a confirmation of this server, or expired");
        var user = await db.ReadAsync(sql => UserTable.ByEmailAsync(sql, claims.Email, call.Aborted), call.Aborted) ?? throw Refusal.NotFound("user", claims.Email);
        var (session, created, expires) = jwt.Sign(Audience.Client, user.Email, Jwt.SessionFor);
        return Answer.Ok(new Session(user.ToWire(), session, created, expires), Wire.Default.Session);
    }

    private async Task<Answer> AcceptAsync(Call call)
    {
        var caller = await callers.UserAsync(call);
        var accept = await call.BodyAsync(Wire.Default.Accept);
        await JoinAsync(Invitation.Check(jwt, accept.Invite, caller.User.Email), caller.User);
        return Ack(caller.User);
    }

    private Task JoinAsync(Claims invitation, UserRow user) => db.WriteAsync(sql => Invitation.AcceptAsync(sql, invitation, user, time.GetUtcNow()));

    private static Answer Ack(UserRow user) => Answer.Accepted(new AuthAck(user.Email), Wire.Default.AuthAck);
}

using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Mail;

namespace Paddock.Server.Access.Sessions;

/// <summary>The endpoints for signing up and in. A caller who can read the mail to an address is its user.</summary>
internal sealed class AuthEndpoints(
    Db db,
    SignUp signUp,
    FirstAdmin firstAdmin,
    AddressChange address,
    Invitation invitation,
    TokenOwners owners,
    Jwt jwt,
    MailText text,
    IMailer mailer,
    RateLimiters limits,
    TimeProvider time
)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var auth = ActivatorUtilities.CreateInstance<AuthEndpoints>(routes.ServiceProvider);
        routes.Post("/v0/auth/signup", By.Attempt, auth.SignupAsync).Takes<Signup>().Gives<AuthAck>(202);
        routes.Post("/v0/auth/login", By.Attempt, auth.LoginAsync).Takes<Login>().Gives<AuthAck>(202);
        routes.Post("/v0/auth/confirm", By.Attempt, auth.ConfirmAsync).Takes<Confirm>().Gives<Session>();
        routes.Post("/v0/auth/setup", By.Attempt, auth.SetupAsync).Takes<Setup>().Gives<Session>(201);
        routes.Post("/v0/auth/email", By.SessionAttempt, auth.AddressAsync).Takes<Confirm>().Gives<Session>();
        routes.Post("/v0/auth/accept", By.User, auth.AcceptAsync).Takes<Accept>().Gives<AuthAck>(202);
    }

    private async Task<Answer> SignupAsync(Call call, Caller nobody)
    {
        return Ack(await signUp.RunAsync(await call.BodyAsync(Wire.Default.Signup)));
    }

    public async Task<Answer> LoginAsync(Call call, Caller nobody)
    {
        var login = await call.BodyAsync(Wire.Default.Login);
        var email = login.Email.Value;
        var user = await db.ReadAsync(sql => UserTable.ByEmailAsync(sql, email, call.Aborted), call.Aborted)
            ?? throw Refusal.NotFound("user", email);
        limits.UserAttempt(call, user);
        if (user.Locked)
            throw Refusal.NotAllowed("This account is locked.");
        if (login.Invite is { } invite)
            await JoinAsync(invitation.Check(invite, email), user);
        if (limits.MayMail(user))
            await mailer.SendAsync(text.ConfirmLogin(email, jwt.Sign(Audience.Auth, user, Jwt.ConfirmFor).Text));
        return Ack(user);
    }

    private async Task<Answer> ConfirmAsync(Call call, Caller nobody)
    {
        var confirm = await call.BodyAsync(Wire.Default.Confirm);
        if (!Jwt.LooksLikeOne(confirm.Token))
            throw Refusal.BadInput("token: malformed; a token has three parts, separated by dots");
        var claims = jwt.Check(confirm.Token, Audience.Auth)
            ?? throw Refusal.NotSignedIn("token: expired, or not a confirmation token of this server");
        var user = await db.ReadAsync(sql => owners.FindAsync(sql, claims, call.Aborted), call.Aborted)
            ?? throw Refusal.NotFound("user", claims.Subject);
        await SsoTable.JoinAsync(db, user, time.GetUtcNow());
        return Answer.Ok(SessionOf(user), Wire.Default.Session);
    }

    private async Task<Answer> SetupAsync(Call call, Caller nobody)
    {
        return Answer.Created(
            SessionOf(await firstAdmin.RunAsync(await call.BodyAsync(Wire.Default.Setup))),
            Wire.Default.Session
        );
    }

    // The change of address ends every session, so the answer contains a new one.
    private async Task<Answer> AddressAsync(Call call, UserCaller caller)
    {
        var confirm = await call.BodyAsync(Wire.Default.Confirm);
        return Answer.Ok(SessionOf(await address.ConfirmAsync(confirm.Token, caller)), Wire.Default.Session);
    }

    public async Task<Answer> AcceptAsync(Call call, UserCaller caller)
    {
        var accept = await call.BodyAsync(Wire.Default.Accept);
        await JoinAsync(invitation.Check(accept.Invite, caller.User.Email), caller.User);
        return Ack(caller.User);
    }

    private Task JoinAsync(Claims claims, UserRow user) =>
        db.WriteAsync(sql => Invitation.AcceptAsync(sql, claims, user, time.GetUtcNow()));

    private Session SessionOf(UserRow user)
    {
        var (session, created, expires) = jwt.Sign(Audience.Client, user, Jwt.SessionFor);
        return new(user.ToWire(), session, created, expires);
    }

    private static Answer Ack(UserRow user) => Answer.Accepted(new AuthAck(user.Email), Wire.Default.AuthAck);
}

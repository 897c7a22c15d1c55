using Microsoft.IdentityModel.JsonWebTokens;
using Paddock.Core;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Providers;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.CiTrusts;

/// <summary>Exchanges the identity token of a CI job for a credential of a project that trusts the job.</summary>
internal sealed partial class CiCredentialEndpoints(
    Db db,
    IssuerKeys keys,
    Jwt jwt,
    BaseOptions options,
    TimeProvider time,
    ILogger<CiCredentialEndpoints> log
)
{
    /// <summary>Long enough for most runs; a longer run exchanges its token again.</summary>
    private static readonly TimeSpan GoodFor = TimeSpan.FromHours(1);

    private const int TokenLengthMax = 16 << 10;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var credentials = ActivatorUtilities.CreateInstance<CiCredentialEndpoints>(routes.ServiceProvider);
        routes
            .Post("/v0/projects/{project}/ci-credential", Input.Id("project"), By.Attempt, (call, _, project) =>
                credentials.ExchangeAsync(call, project)
            )
            .Takes<CiIdentity>()
            .Gives<CiCredential>(201);
    }

    private async Task<Answer> ExchangeAsync(Call call, ResourceId id)
    {
        var text = (await call.BodyAsync(Wire.Default.CiIdentity)).Token;
        var claimed = Read(text);
        var (project, rules) = await db.ReadAsync(
            async sql =>
                await ProjectTable.FindAsync(sql, id, call.Aborted) is { } found
                    ? (found, await CiTrustTable.ListAsync(sql, found.Id, call.Aborted))
                    : ((ProjectRow?)null, []),
            call.Aborted
        );
        rules.RemoveAll(rule => rule.Wire.Issuer != claimed.Issuer);
        // The same message for a project that does not exist, is private, or trusts another service.
        if (project is null || rules.Count == 0)
            throw Refusal.NotSignedIn(
                $"The project {Text.Quote(id.ToString())} has no trust rule for tokens of "
                    + $"{Text.Quote(claimed.Issuer)}. A user who may manage the project can create one: paddock trust "
                    + "create."
            );
        var token = await CheckAsync(text, claimed.Issuer, call.Aborted);
        var (rule, repositoryId) = Trusted(rules, token);
        await db.WriteAsync(sql => CiTrustTable.UsedAsync(sql, rule, repositoryId, time.GetUtcNow()));
        var (credential, _, expires) = jwt.Sign(Audience.Ci, rule.Wire.Uuid, GoodFor);
        return Answer.Created(new CiCredential(credential, project.Uuid, expires), Wire.Default.CiCredential);
    }

    private static JsonWebToken Read(string text)
    {
        try
        {
            if (text.Length <= TokenLengthMax && Jwt.LooksLikeOne(text))
                return new(text);
        }
        catch (Exception e) when (e is ArgumentException or Microsoft.IdentityModel.Tokens.SecurityTokenException) { }
        throw Refusal.BadInput(
            $"token: not the identity token of a CI job; allowed: a JSON Web Token of up to {TokenLengthMax} characters"
        );
    }

    private async Task<JsonWebToken> CheckAsync(string text, string issuer, CancellationToken ct)
    {
        var console = options.ConsoleUrl.TrimEnd('/');
        try
        {
            return await keys.CheckAsync(text, issuer, [console, console + "/"], ct);
        }
        catch (ProviderException e)
        {
            LogRefused(issuer, e.Message, e);
            throw Refusal.NotSignedIn($"The identity token was refused: {e.Message}.");
        }
    }

    private static (CiTrustRow Rule, string? RepositoryId) Trusted(List<CiTrustRow> rules, JsonWebToken token)
    {
        string? Claim(string name) =>
            token.TryGetPayloadValue<object>(name, out var value)
                ? value switch
                {
                    string text => text,
                    int or long => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
                    _ => null,
                }
                : null;
        string? why = null;
        foreach (var rule in rules)
        {
            if (CiClaims.Of(rule.Wire.Service, Claim) is not { } claims)
                why ??= "the token names no repository";
            else if (rule.WhyNot(claims) is { } reason)
                why ??= reason;
            else
                return (rule, claims.RepositoryId);
        }
        throw Refusal.NotAllowed($"No trust rule of the project matches this job: {why}.");
    }

    [LoggerMessage(LogLevel.Warning, "An identity token of {Issuer} was refused: {Why}")]
    private partial void LogRefused(string issuer, string why, Exception e);
}

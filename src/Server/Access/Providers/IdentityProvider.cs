namespace Paddock.Server.Access.Providers;

/// <summary>A person whose e-mail address a provider has verified.</summary>
internal sealed record ProvenPerson(string Email, string Name);

/// <summary>The parameters of one attempt to sign in with a provider.</summary>
/// <param name="State">A signed token that the provider returns with its answer.</param>
/// <param name="Nonce">A value that the ID token must contain.</param>
/// <param name="Verifier">The PKCE verifier. Only its hash is in the address.</param>
internal sealed record ProviderAttempt(string State, string Nonce, string Verifier, Uri Redirect);

/// <summary>A provider that verifies addresses: an OpenID provider, or GitHub, which is not one.</summary>
internal interface IIdentityProvider
{
    ProviderOptions Options { get; }

    /// <summary>Builds the address to which the browser goes to sign in.</summary>
    Task<Uri> AuthorizeAsync(ProviderAttempt attempt, CancellationToken ct);

    /// <summary>Exchanges the returned code for the verified person.</summary>
    /// <exception cref="ProviderException">The code or the provider's answer is not valid.</exception>
    Task<ProvenPerson> ExchangeAsync(ProviderAttempt attempt, string code, CancellationToken ct);
}

/// <summary>Thrown when a provider's answer signs nobody in. The message says why, without secrets.</summary>
internal sealed class ProviderException(string message, Exception? cause = null) : Exception(message, cause);

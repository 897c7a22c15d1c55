namespace Paddock.Server.Access.Providers;

/// <summary>Somebody whose address a provider has proven.</summary>
internal sealed record ProvenPerson(string Email, string Name);

/// <summary>What is asked of a provider for one attempt to sign in.</summary>
/// <param name="State">Comes back with the answer, signed.</param>
/// <param name="Nonce">Has to be in the ID token.</param>
/// <param name="Verifier">The secret of PKCE, of which the address only has a hash.</param>
internal sealed record ProviderAttempt(string State, string Nonce, string Verifier, Uri Redirect);

/// <summary>Somebody who proves addresses: an OpenID provider, or GitHub, which is none.</summary>
internal interface IIdentityProvider
{
    ProviderOptions Options { get; }

    /// <summary>Where the browser goes to sign in.</summary>
    Task<Uri> AuthorizeAsync(ProviderAttempt attempt, CancellationToken ct);

    /// <summary>What the code that came back says.</summary>
    /// <exception cref="ProviderException">It proves nothing.</exception>
    Task<ProvenPerson> ExchangeAsync(ProviderAttempt attempt, string code, CancellationToken ct);
}

/// <summary>A provider's answer that does not sign anybody in. The message says why, without anything secret.</summary>
internal sealed class ProviderException(string message, Exception? cause = null) : Exception(message, cause);

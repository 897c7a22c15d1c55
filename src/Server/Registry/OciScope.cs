using Paddock.Core.Names;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>What a token allows in one repository.</summary>
/// <param name="Push">Includes deleting, for which the registry has no separate action.</param>
internal sealed record OciGrant(string Repository, bool Pull, bool Push)
{
    public IEnumerable<string> Actions
    {
        get
        {
            if (Pull)
                yield return OciScope.PullWord;
            if (Push)
                yield return OciScope.PushWord;
        }
    }

    public override string ToString() => $"{OciScope.Type}:{Repository}:{string.Join(',', Actions)}";
}

/// <summary>
/// The scope a token request names: repositories and the actions on each. Without a repository the token only
/// identifies the caller.
/// </summary>
internal sealed record OciScope(IReadOnlyList<OciGrant> Grants)
{
    public const string PullWord = "pull";
    public const string PushWord = "push";
    internal const string Type = "repository";
    private const int RepositoriesMax = 64;

    public static OciScope None { get; } = new([]);

    public static OciScope Pull(string repository) => new([new(repository, Pull: true, Push: false)]);

    public OciGrant? For(string repository) => Grants.FirstOrDefault(grant => grant.Repository == repository);

    /// <summary>The scope in the clients' text form; null for an empty scope.</summary>
    public string? Text => Grants.Count == 0 ? null : string.Join(' ', Grants);

    /// <summary>
    /// Reads scopes of the form <c>repository:NAME:ACTIONS</c>, with blanks between several. The actions of one
    /// repository are united. <c>delete</c> asks for push, and <c>*</c> for pull and push. Other types and actions are
    /// left out, as the token specification wants.
    /// </summary>
    /// <exception cref="Http.Refusal">The scope names more than 64 repositories.</exception>
    public static OciScope Of(IEnumerable<string?> texts)
    {
        var grants = new List<OciGrant>();
        foreach (var text in texts.SelectMany(text => (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (Parse(text) is not { } grant)
                continue;
            var known = grants.FindIndex(other => other.Repository == grant.Repository);
            if (known >= 0)
                grants[known] = grants[known] with
                {
                    Pull = grants[known].Pull || grant.Pull,
                    Push = grants[known].Push || grant.Push,
                };
            else if (grants.Count == RepositoriesMax)
                throw Ground.Http.Refusal.BadInput(
                    $"scope: names too many repositories; allowed: {RepositoriesMax} at most in one token"
                );
            else
                grants.Add(grant);
        }
        return new(grants);
    }

    // A name may contain colons, when it starts with a registry's host and port.
    private static OciGrant? Parse(string text)
    {
        var (first, last) = (text.IndexOf(':', StringComparison.Ordinal), text.LastIndexOf(':'));
        if (first == last || text[..first] != Type || last == first + 1)
            return null;
        var actions = text[(last + 1)..].Split(',');
        var (pull, push) = (actions.Contains(PullWord), actions.Contains(PushWord) || actions.Contains("delete"));
        if (actions.Contains("*"))
            (pull, push) = (true, true);
        return pull || push ? new(text[(first + 1)..last], pull, push) : null;
    }
}

using Paddock.Core.Names;
using Paddock.Server.Http;

namespace Paddock.Server.Registry;

/// <summary>What somebody asks a token for: one repository, and what to do with it. Without a repository it only proves who they are.</summary>
internal sealed record OciScope(string? Repository, bool Pull, bool Push)
{
    public const string PullWord = "pull";
    public const string PushWord = "push";
    private const string Type = "repository";

    public static OciScope None { get; } = new(Repository: null, Pull: false, Push: false);

    public IEnumerable<string> Actions
    {
        get
        {
            if (Pull) yield return PullWord;
            if (Push) yield return PushWord;
        }
    }

    /// <summary>As clients write it, or null for none.</summary>
    public string? Text => Repository is null ? null : $"{Type}:{Repository}:{string.Join(',', Actions)}";

    /// <summary>
    /// Several scopes, with blanks between them, made one: what the first one names is the repository; what others ask for the same one is added,
    /// and what they ask for other ones is left out.
    /// </summary>
    /// <exception cref="Refusal">One is not of the form <c>repository:NAME:pull,push</c>.</exception>
    public static OciScope Of(IEnumerable<string?> texts)
    {
        var scope = None;
        foreach (var text in texts.SelectMany(text => (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            var one = Parse(text);
            if (scope.Repository is null) scope = one;
            else if (scope.Repository == one.Repository) scope = scope with { Pull = scope.Pull || one.Pull, Push = scope.Push || one.Push };
        }
        return scope;
    }

    private static OciScope Parse(string text)
    {
        if (text.Split(':') is not [Type, { Length: > 0 } name, var actions]) throw Bad(text);
        var (pull, push) = (false, false);
        foreach (var action in actions.Split(','))
        {
            if (action == PullWord) pull = true;
            else if (action == PushWord) push = true;
            else throw Bad(text);
        }
        return new(name, pull, push);
    }

    private static Refusal Bad(string text) =>
        Refusal.BadInput($"scope: {Core.Names.Text.Quote(text)} is none that this registry has; allowed: {Type}:NAME:{PullWord}, {Type}:NAME:{PushWord} and {Type}:NAME:{PullWord},{PushWord}");
}

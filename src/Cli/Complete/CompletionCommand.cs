using System.CommandLine;
using Paddock.Cli.Rest;

namespace Paddock.Cli.Complete;

/// <summary>
/// <c>paddock completion</c>: prints the script with which a shell completes Paddock's command lines.
/// </summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _paddock() {
            local IFS=$'\n'
            COMPREPLY=($(paddock __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
        }
        complete -o default -F _paddock paddock
        """;

    private const string Zsh = """
        #compdef paddock
        _paddock() {
            local -a found
            found=("${(@f)$(paddock __complete "${words[@]:1:$((CURRENT-1))}" 2>/dev/null)}")
            if (( ${#found} )) && [[ -n ${found[1]} ]]; then compadd -a found; else _files; fi
        }
        compdef _paddock paddock
        """;

    private const string Fish = """
        complete -c paddock -a '(paddock __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
        """;

    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("shell")
        {
            Description = $"The shell ({string.Join(", ", Scripts.Keys)}).",
            CustomParser = DomainOption.Parser("<shell>", Readers.OneOf(Scripts.Keys)),
        };
        var command = new Command("completion") { shell };
        command.SetAction(args =>
        {
            Output.Line(Scripts[args.GetRequiredValue(shell)]);
            return Exit.Success;
        });
        return command;
    }
}

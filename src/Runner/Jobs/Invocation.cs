using Paddock.Runner.Images;

namespace Paddock.Runner.Jobs;

/// <summary>What is run in an image: what the image says, and what the job says instead.</summary>
internal sealed record Invocation(
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingDirectory,
    string? User
)
{
    private const string Path = "PATH";

    /// <summary>
    /// An entrypoint of the job replaces the image's, and its cmd as well; a cmd alone replaces the image's cmd.
    /// </summary>
    public static Invocation Of(ImageConfig image, JobOrder order)
    {
        IReadOnlyList<string> command = (order.Entrypoint, order.Cmd) switch
        {
            ({ } entrypoint, var cmd) => [.. entrypoint, .. cmd ?? []],
            (null, { } cmd) => [.. image.Entrypoint ?? [], .. cmd],
            (null, null) => [.. image.Entrypoint ?? [], .. image.Cmd ?? []],
        };
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Path] = Sandbox.Programs.DefaultPath,
        };
        foreach (var variable in image.Env ?? [])
            if (variable.IndexOf('=', StringComparison.Ordinal) is > 0 and var at)
                environment[variable[..at]] = variable[(at + 1)..];
        foreach (var (name, value) in order.Env ?? new Dictionary<string, string>())
            environment[name] = value;
        var folder = image.WorkingDir is { Length: > 0 } given
            ? given.StartsWith('/')
                ? given
                : "/" + given
            : "/";
        return new(command, environment, folder, image.User is { Length: > 0 } user ? user : null);
    }
}

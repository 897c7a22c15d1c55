using Paddock.Runner.Images;

namespace Paddock.Runner.Jobs;

/// <summary>The command to run in an image: the image's configuration with the job's overrides.</summary>
internal sealed record Invocation(
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingDirectory,
    string? User
)
{
    private const string Path = "PATH";

    /// <summary>
    /// A job's entrypoint replaces both the image's entrypoint and its cmd; a job's cmd alone replaces only the cmd.
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

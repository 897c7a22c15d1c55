using System.CommandLine;
using Paddock.Runner.Native;

namespace Paddock.Runner.Commands;

/// <summary>
/// A secret that the operator passes in a file, an environment variable or an argument. Variable and argument are
/// erased once the secret has been read.
/// </summary>
internal sealed class SecretOptions
{
    private const int BytesMax = 64 << 10;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
    private readonly Option<string> value,
        file;

    /// <param name="name">Name of the option that takes the secret itself; the option that takes a file's name has the
    /// suffix "-file".</param>
    /// <param name="noun">The noun for the file's content.</param>
    public SecretOptions(string name, string description, string helpName, string setting, string noun)
    {
        value = Settings.Text(name, description, helpName, setting: setting);
        file = Settings.Text(
            $"{name}-file",
            $"File with {noun}, readable only by its owner (mode 0600), or an inherited descriptor (/dev/fd/3).",
            "path",
            setting: $"{setting}_FILE"
        );
    }

    public void AddTo(Command command)
    {
        command.Options.Add(value);
        command.Options.Add(file);
    }

    /// <summary>Null when no secret is given. The file takes precedence.</summary>
    /// <exception cref="Failure">The file cannot be read, or can be read by other users.</exception>
    public string? Read(ParseResult args)
    {
        var given = args.GetValue(value);
        if (given is { Length: > 0 })
            StartSecrets.Erase(given);
        return args.GetValue(file) is { Length: > 0 } path ? ReadFile(path) : given;
    }

    private string ReadFile(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
            if (stream.CanSeek && (File.GetUnixFileMode(stream.SafeFileHandle) & Others) != 0)
                throw new Failure(
                    $"{file.Name}: {path} can be read by other users of this machine. Change that with: chmod 600 "
                        + path
                );
            var bytes = new byte[BytesMax + 1];
            var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var text = System.Text.Encoding.UTF8.GetString(bytes, 0, count).Trim();
            return count <= BytesMax && text.Length > 0 && !text.Any(char.IsControl)
                ? text
                : throw new Failure($"{file.Name}: {path} must hold exactly one line, the secret.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"{file.Name}: {e.Message}", e);
        }
    }
}

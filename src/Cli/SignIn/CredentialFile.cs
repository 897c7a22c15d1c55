using System.Text.Json;

namespace Paddock.Cli.SignIn;

/// <summary>
/// The credentials that <c>paddock login</c> keeps per server, in the user's keyring or else in a file. A credential is
/// sent only to its own server. A file that other users can read is not used.
/// </summary>
internal static class CredentialFile
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    private static string Path =>
        System.IO.Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } set
                ? set
                : Environment.GetFolderPath(
                    OperatingSystem.IsWindows()
                        ? Environment.SpecialFolder.LocalApplicationData
                        : Environment.SpecialFolder.ApplicationData,
                    Environment.SpecialFolderOption.DoNotVerify
                ),
            "paddock",
            "credentials.json"
        );

    /// <exception cref="Failure">The file can be read by other users, or is not a credential file.</exception>
    public static Credential? Find(Uri host)
    {
        var text = File.Exists(Path) ? Load().GetValueOrDefault(Key(host)) : null;
        text ??= Keyring.Find(Key(host));
        return
            text is not null
            && (Credential.ReadKey(text, out var found, out _) || Credential.ReadToken(text, out found, out _))
            ? found
            : null;
    }

    /// <summary>Stores the credential in the user's keyring, or in the file when there is no keyring.</summary>
    /// <returns>The place where the credential is stored.</returns>
    public static string Keep(Uri host, Credential credential)
    {
        if (Keyring.Keep(Key(host), credential.Value))
        {
            ForgetInFile(host);
            return Keyring.Name!;
        }
        var all = File.Exists(Path) ? Load() : [];
        all[Key(host)] = credential.Value;
        Save(all);
        return $"{Path}, which only you can read";
    }

    /// <returns>True when there was a credential.</returns>
    public static bool Forget(Uri host) => Keyring.Forget(Key(host)) | ForgetInFile(host);

    private static bool ForgetInFile(Uri host)
    {
        if (!File.Exists(Path))
            return false;
        var all = Load();
        if (!all.Remove(Key(host)))
            return false;
        Save(all);
        return true;
    }

    private static string Key(Uri host) => host.GetLeftPart(UriPartial.Authority);

    private static Dictionary<string, string> Load()
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(Path) & Others) != 0)
                throw new Failure(
                    $"{Path} can be read by other users, so it is not used. Change that with: chmod 600 {Path}"
                );
            return new(
                JsonSerializer.Deserialize(
                    File.ReadAllBytes(Path),
                    Core.Wire.Wire.Default.IReadOnlyDictionaryStringString
                ) ?? new Dictionary<string, string>()
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new Failure($"{Path} could not be read: {e.Message}", e);
        }
    }

    // Writes a temporary file and moves it into place, so that the file is never half written, and never readable by
    // others.
    private static void Save(Dictionary<string, string> all)
    {
        try
        {
            var folder = System.IO.Path.GetDirectoryName(Path)!;
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(
                    folder,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                );
            var part = $"{Path}.{Environment.ProcessId}.part";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(part, options))
                JsonSerializer.Serialize(file, all, Core.Wire.Wire.Default.IReadOnlyDictionaryStringString);
            File.Move(part, Path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"The credential could not be stored: {e.Message}", e);
        }
    }
}

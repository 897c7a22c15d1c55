using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox;

/// <summary>Creates the working folder inside a root if it is missing.</summary>
internal static class WorkingFolder
{
    public static void Make(string root, string path)
    {
        using var folder = Linux.OpenFolder(root);
        var sofar = "";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            using var above = Linux.OpenInRoot(
                folder,
                sofar.Length == 0 ? "." : sofar,
                Linux.PathOnly | Linux.Directory
            ) ?? throw new IOException($"{path} is a broken link");
            if (part is not ("." or ".."))
                Linux.MakeFolder(above, part, 0x1ed);
            sofar = sofar.Length == 0 ? part : $"{sofar}/{part}";
        }
    }
}

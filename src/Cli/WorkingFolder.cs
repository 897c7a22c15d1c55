namespace Paddock.Cli;

internal static class WorkingFolder
{
    /// <summary>The current folder; null when that folder has been deleted.</summary>
    public static string? Find()
    {
        try
        {
            return Environment.CurrentDirectory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

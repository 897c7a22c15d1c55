namespace Paddock.Cli;

internal static class Instants
{
    /// <exception cref="Failure">The instant lies outside the years 1 to 9999.</exception>
    public static DateTimeOffset Of(string option, long seconds)
    {
        try
        {
            return DateTimeOffset.FromUnixTimeSeconds(seconds);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new Failure(
                $"{option}: {seconds} seconds since 1970 is out of range; allowed: the years 1 to 9999.",
                e
            );
        }
    }
}

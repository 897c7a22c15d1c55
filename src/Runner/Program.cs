namespace Paddock.Runner;

internal static class Program
{
    public static string Version { get; } = typeof(Program).Assembly.GetName().Version!.ToString(3);

    private static Task<int> Main(string[] args)
    {
        if (args is ["--version" or "-V"])
        {
            Console.WriteLine($"paddock-runner {Version}");
            return Task.FromResult(Exit.Success);
        }
        return Root.InvokeAsync(args);
    }
}

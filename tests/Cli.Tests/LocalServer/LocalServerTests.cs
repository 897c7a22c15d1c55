namespace Paddock.Cli.Tests.LocalServer;

public sealed class LocalServerTests
{
    [Fact]
    public async Task A_local_server_can_be_started_queried_and_stopped()
    {
        using var folder = Folder.New();
        var port = ServerProcess.FreePort().ToString(System.Globalization.CultureInfo.InvariantCulture);
        string[] path =
        [
            "PATH",
            $"{Path.GetDirectoryName(BuiltProgram.Server)}:{Environment.GetEnvironmentVariable("PATH")}",
        ];
        try
        {
            var up = await RunAsync(path, "up", "--detach", "--api-port", port, "--data", folder.Path);
            Assert.True(up.ExitCode == 0, up.Error);
            Assert.Contains($"The server is running at http://localhost:{port}.", up.Output, StringComparison.Ordinal);
            Assert.Equal(0, (await RunAsync(path, "server", "version", "--host", $"http://localhost:{port}")).ExitCode);
            Assert.Contains(
                "paddock-server ",
                (await RunAsync(path, "logs", "--data", folder.Path)).Output,
                StringComparison.Ordinal
            );

            var again = await RunAsync(path, "up", "-d", "--api-port", port, "--data", folder.Path);
            Assert.Equal(1, again.ExitCode);
            Assert.Contains("is already running", again.Error, StringComparison.Ordinal);
        }
        finally
        {
            Assert.Contains(
                "has stopped",
                (await RunAsync(path, "down", "--data", folder.Path)).Output,
                StringComparison.Ordinal
            );
        }
        Assert.Contains(
            "No server of this user is running",
            (await RunAsync(path, "down", "--data", folder.Path)).Output,
            StringComparison.Ordinal
        );
        Assert.Equal(
            1,
            (
                await RunAsync(path, "server", "version", "--attempts", "1", "--host", $"http://localhost:{port}")
            ).ExitCode
        );
    }

    [Fact]
    public async Task A_local_server_that_cannot_start_fails_the_command()
    {
        using var folder = Folder.New();
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port.ToString(
            System.Globalization.CultureInfo.InvariantCulture
        );
        string[] path =
        [
            "PATH",
            $"{Path.GetDirectoryName(BuiltProgram.Server)}:{Environment.GetEnvironmentVariable("PATH")}",
        ];

        var up = await RunAsync(path, "up", "-d", "--api-port", port, "--data", folder.Path);

        Assert.Equal(1, up.ExitCode);
        Assert.Contains("The server cannot start", up.Error, StringComparison.Ordinal);
    }

    private static Task<Ended> RunAsync(string[] environment, params string[] args) =>
        PaddockProgram.RunAsync(args, env: environment);
}

using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Tests.Registry;

namespace Paddock.Server.Tests.Ground.Meters;

/// <summary>
/// Text from outside can neither start a new line in the server's log nor control the operator's terminal.
/// </summary>
public sealed class LogLineTests
{
    [Theory]
    [InlineData("plain, with ümläuts and 日本", "plain, with ümläuts and 日本")]
    [InlineData("x\n12:00:00 info: all is well", "x 12:00:00 info: all is well")]
    [InlineData("x\r12:00:00 info: all is well", "x\\u000d12:00:00 info: all is well")]
    [InlineData("\u001b[2K\u001b[1A", "\\u001b[2K\\u001b[1A")]
    [InlineData("a\u0085b\u2028c\u2029d", "a\\u0085b\\u2028c\\u2029d")]
    [InlineData("admin\u202egnp.exe\0", "admin\\u202egnp.exe\\u0000")]
    [InlineData("\u009b31m", "\\u009b31m")]
    public void Control_characters_are_logged_as_escape_sequences(string text, string shown) =>
        Assert.Equal(shown, LogLine.Shown(text));

    [Fact]
    public async Task A_request_path_with_control_characters_stays_within_its_log_line()
    {
        await using var server = await ServerProcess.StartAsync(Engine.Sqlite);
        using var client = new Client(server.Address, token: null);
        var ada = await client.SignUpAsync("Ada Admin", server.Tokens);
        // Makes the request fail.
        File.WriteAllText(Path.Combine(server.DataFolder, "blobs", "registry"), "no folder");
        using var repository = await Repository.OpenAsync(ada, "one");
        var reply = await repository.SendAsync(
            "POST",
            "blobs/uploads/?digest=sha256:" + new string('0', 64) + "&x=%0a%1b[2K%0d",
            [1]
        );
        await client.SendAsync(
            HttpMethod.Post,
            "/v0/auth/signup",
            """{"name":"Eve\r\u001b[2K12:00:00 info: forged","email":"eve@example.com","i_agree":true}"""
        );
        await client.SendAsync(HttpMethod.Post, "/v2/one%0a%0d12:00:00%20info:%20forged/blobs/uploads/", "");

        Assert.True(reply.Status >= 400);
        server.Kill();
        var log = await server.LogAsync();
        Assert.DoesNotContain(log, letter => char.IsControl(letter) && letter != '\n');
        Assert.All(log.Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
            Assert.Matches(@"^\d\d:\d\d:\d\d (info|warn|fail|crit): ", line)
        );
    }
}

using System.Text.Json.Nodes;
using Paddock.Cli.Tests.Commands;
using Paddock.Core.Jobs;

namespace Paddock.Cli.Tests.Run;

/// <summary>The server validates image names; the program only extracts the project from them.</summary>
public sealed class ImageNameTests
{
    [Theory]
    [InlineData("demo:")]
    [InlineData("demo@sha256:abc")]
    [InlineData("demo@")]
    [InlineData("not an image")]
    [InlineData("DEMO:V1")]
    public async Task An_image_name_is_sent_unchanged(string image)
    {
        await using var server = await RecordingServer.StartAsync(
            400,
            """{"request_id":"r","message":"No such image."}"""
        );

        var ended = await PaddockProgram.RunAsync(["run", "--host", server.Host, "--project", "p", "--image", image]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("No such image.", ended.Error);
        Assert.Equal(image, (string?)JsonNode.Parse(Assert.Single(server.Requests).Body)!["job"]!["image"]);
    }

    [Theory]
    [InlineData("demo", "demo")]
    [InlineData("demo:", "demo")]
    [InlineData("demo:v1", "demo")]
    [InlineData("demo@sha256:abc", "demo")]
    [InlineData("demo:v1@sha256:abc", "demo")]
    [InlineData("registry.example.com:5000/demo:v1", "demo")]
    [InlineData("registry.example.com/team/demo", null)]
    [InlineData("team/demo", null)]
    [InlineData("", "")]
    [InlineData(":v1", "")]
    public void An_image_name_yields_the_project_even_if_its_tag_is_invalid(string image, string? project) =>
        Assert.Equal(project, ImageReference.ProjectNameIn(image));
}

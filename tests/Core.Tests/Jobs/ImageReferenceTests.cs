using Paddock.Core.Jobs;

namespace Paddock.Core.Tests.Jobs;

public sealed class ImageReferenceTests
{
    private const string Sha256 = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("alpine", "docker.io", "library/alpine", "latest", "alpine")]
    [InlineData("alpine:v1", "docker.io", "library/alpine", "v1", "alpine")]
    [InlineData("docker.io/library/alpine:v1", "docker.io", "library/alpine", "v1", "alpine")]
    [InlineData("docker.io/alpine", "docker.io", "alpine", "latest", "alpine")]
    [InlineData("myimage:5000", "docker.io", "library/myimage", "5000", "myimage")]
    [InlineData("localhost/app:v1", "localhost", "app", "v1", "app")]
    [InlineData("localhost:5000/app", "localhost:5000", "app", "latest", "app")]
    [InlineData("localhost:5000/app:v1", "localhost:5000", "app", "v1", "app")]
    [InlineData("host.example/app:5000", "host.example", "app:5000", "latest", "app:5000")]
    [InlineData("acme/app:v1", "docker.io", "acme/app", "v1", null)]
    [InlineData("ghcr.io/acme/app:v1", "ghcr.io", "acme/app", "v1", null)]
    public void An_image_reference_is_parsed_into_registry_repository_and_tag(
        string text,
        string registry,
        string repository,
        string tag,
        string? project
    )
    {
        Assert.True(ImageReference.TryParse(text, out var image));
        Assert.Equal(
            (registry, repository, tag, null, project),
            (image.Registry, image.Repository, image.Tag, image.Digest, image.ProjectName)
        );
    }

    [Theory]
    [InlineData("app@" + Sha256, "library/app")]
    [InlineData("app:v1@" + Sha256, "library/app")]
    [InlineData("localhost:5000/app@" + Sha256, "app")]
    public void A_digest_replaces_the_tag(string text, string repository)
    {
        Assert.True(ImageReference.TryParse(text, out var image));
        Assert.Equal((repository, null, Sha256), (image.Repository, image.Tag, image.Digest));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData(":v1")]
    [InlineData("app:")]
    [InlineData("@" + Sha256)]
    [InlineData("app@")]
    [InlineData("app@sha256:abc")]
    [InlineData("app@sha256:0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("app@md5:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("localhost/")]
    [InlineData("my app")]
    [InlineData("app\n")]
    public void An_invalid_image_reference_is_refused(string? text) =>
        Assert.False(ImageReference.TryParse(text, out _));
}

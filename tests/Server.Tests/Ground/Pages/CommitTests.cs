using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Ground.Pages;

public sealed class CommitTests
{
    [Theory]
    [InlineData("https://github.com/acme/rocket", "https://github.com/acme/rocket/commit/abc")]
    [InlineData("https://github.com/acme/rocket.git", "https://github.com/acme/rocket/commit/abc")]
    [InlineData("https://github.com/acme/rocket/tree/main", "https://github.com/acme/rocket/commit/abc")]
    [InlineData("https://gitlab.com/acme/parts/rocket/", "https://gitlab.com/acme/parts/rocket/-/commit/abc")]
    [InlineData("https://gitlab.acme.org/a/b/-/tree/main", "https://gitlab.acme.org/a/b/-/commit/abc")]
    [InlineData("https://bitbucket.org/acme/rocket", "https://bitbucket.org/acme/rocket/commits/abc")]
    [InlineData("https://codeberg.org/acme/rocket", "https://codeberg.org/acme/rocket/commit/abc")]
    [InlineData("https://gitea.acme.org:3000/acme/rocket", "https://gitea.acme.org:3000/acme/rocket/commit/abc")]
    [InlineData("http://github.com/acme/rocket", null)]
    [InlineData("https://github.com/acme", null)]
    [InlineData("https://example.com/acme/rocket", null)]
    [InlineData("javascript:alert(1)", null)]
    [InlineData(null, null)]
    public void A_commit_links_to_the_forge_of_the_projects_address(string? url, string? address) =>
        Assert.Equal(address, Commit.Of("abc", url)?.Address);
}

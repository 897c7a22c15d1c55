using Paddock.Core.Names;

namespace Paddock.Core.Tests.Names;

public sealed class BranchNameTests
{
    [Theory]
    [InlineData("main")]
    [InlineData("feature/x")]
    [InlineData("@")]
    [InlineData("a@b")]
    [InlineData("a.")]
    [InlineData("a/b.")]
    [InlineData("a/.b")]
    [InlineData("a.lock/b")]
    [InlineData("größe/日本")]
    [InlineData("-x")]
    public void A_valid_branch_name_is_accepted(string name)
    {
        Assert.True(BranchName.TryParse(name, out var branch));
        Assert.Equal(name, branch.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".a")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a..b")]
    [InlineData("a.lock")]
    [InlineData("a/b.lock")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a@{b")]
    [InlineData("a b")]
    [InlineData("a~b")]
    [InlineData("a^b")]
    [InlineData("a:b")]
    [InlineData("a?b")]
    [InlineData("a*b")]
    [InlineData("a[b")]
    [InlineData("a\\b")]
    [InlineData("a\tb")]
    [InlineData("a\u007fb")]
    public void A_branch_name_that_Git_refuses_is_refused(string name) =>
        Assert.False(BranchName.TryParse(name, out _));

    [Fact]
    public void A_branch_name_has_at_most_256_bytes()
    {
        Assert.True(BranchName.TryParse(new('ä', 128), out _));
        Assert.False(BranchName.TryParse(new string('ä', 128) + "a", out _));
    }
}

using Paddock.Core.Names;

namespace Paddock.Core.Tests.Names;

public sealed class ControlCharacterTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("naïve 🚀 日本", "naïve 🚀 日本")]
    [InlineData("a\tb\nc\r\nd", "a\tb\nc\r\nd")]
    [InlineData("a\rb", "a^Mb")]
    [InlineData("\u001b[2J\u0000\u007f\u0008", "^[[2J^@^?^H")]
    [InlineData("\u009b2J\u0085", "<U+009B>2J<U+0085>")]
    [InlineData("a\u202eb\u2066c\u200fd\u2028e", "a<U+202E>b<U+2066>c<U+200F>d<U+2028>e")]
    public void What_a_terminal_would_obey_is_shown(string text, string shown) =>
        Assert.Equal(shown, ControlCharacters.Show(text));

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\tb")]
    [InlineData("a\0b")]
    [InlineData("a\u001b[2Jb")]
    [InlineData("a\u007fb")]
    [InlineData("a\u0085b")]
    [InlineData("a\u009bb")]
    [InlineData("a\u2028b")]
    [InlineData("a\u2029b")]
    [InlineData("a\u202eb")]
    [InlineData("a\u2066b")]
    public void A_name_has_no_line_break_and_nothing_that_a_terminal_obeys(string name)
    {
        Assert.True(ControlCharacters.AreIn(name));
        Assert.False(ResourceName.TryParse(name, out _));
        Assert.False(BranchName.TryParse(name, out _));
        Assert.False(UserName.TryParse(name, out _));
        Assert.False(Slug.TryParse(name, out _));
        Assert.False(Email.TryParse($"{name}@example.com", out _));
    }

    [Theory]
    [InlineData("Naïve 🚀 日本")]
    [InlineData("بنك\u200f (a)")]
    [InlineData("👩‍💻")]
    public void A_name_of_any_script_is_one(string name) => Assert.True(ResourceName.TryParse(name, out _));

    [Fact]
    public void A_line_stays_one_line() =>
        Assert.Equal("job^J2026-01-01 forged^M^Ja^Ib", ControlCharacters.ShowInLine("job\n2026-01-01 forged\r\na\tb"));
}

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
    public void Terminal_control_characters_are_escaped(string text, string shown) =>
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
    public void A_name_with_a_line_break_or_a_control_character_is_refused(string name)
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
    public void A_name_in_any_script_is_accepted(string name) => Assert.True(ResourceName.TryParse(name, out _));

    [Fact]
    public void Line_breaks_in_a_log_line_are_escaped() =>
        Assert.Equal("job^J2026-01-01 forged^M^Ja^Ib", ControlCharacters.ShowInLine("job\n2026-01-01 forged\r\na\tb"));
}

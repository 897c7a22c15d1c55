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

    [Fact]
    public void A_line_stays_one_line() =>
        Assert.Equal("job^J2026-01-01 forged^M^Ja^Ib", ControlCharacters.ShowInLine("job\n2026-01-01 forged\r\na\tb"));
}

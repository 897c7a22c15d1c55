using System.Net;
using System.Text;

namespace Paddock.Cli.Reports;

/// <summary>
/// The pieces of HTML from which a report is built. Everything stays on one line, because GitHub reads it as Markdown.
/// </summary>
internal static class Html
{
    public static string Anchor(string url, string text) => $"<a href=\"{Escape(url)}\">{Escape(text)}</a>";

    public static string Bold(string text, bool bold) => bold ? $"<b>{Escape(text)}</b>" : Escape(text);

    /// <summary>A number with its unit, joined by a no-break space.</summary>
    public static string Whole(string value) => value.Replace(' ', '\u00a0');

    /// <param name="html">The warning's text, already escaped.</param>
    public static string Warning(string html) => $"<blockquote><b>⚠️ WARNING:</b> {html}</blockquote>";

    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsControl(c))
                escaped.Append($"&#{(int)c};");
            else if (c is '<' or '>' or '&' or '"' or '\'')
                escaped.Append(WebUtility.HtmlEncode(c.ToString()));
            else
                escaped.Append(c);
        }
        return escaped.ToString();
    }

    public static int Bytes(StringBuilder html) => Bytes(html.ToString());

    public static int Bytes(string html) => Encoding.UTF8.GetByteCount(html);
}

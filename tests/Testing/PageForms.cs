using System.Net;
using System.Text.RegularExpressions;

namespace Paddock.Testing;

/// <summary>Fills in and sends the forms of pages, as a browser without script does.</summary>
public static partial class PageForms
{
    /// <summary>Sends a form of a page, with the hidden fields that the page gave it.</summary>
    /// <param name="page">The page that has the form.</param>
    /// <param name="action">The address that the form posts to.</param>
    public static async Task<Reply> SubmitAsync(
        this PageReader reader,
        string page,
        string action,
        params (string Name, string Value)[] fields
    )
    {
        var shown = await reader.GetAsync(page);
        var form = Form()
            .Matches(shown.Text)
            .Select(match => match.Value)
            .FirstOrDefault(text => WebUtility.HtmlDecode(Action().Match(text).Groups[1].Value) == action)
            ?? throw new Xunit.Sdk.XunitException($"{page} ({shown.Status}) has no form that posts to {action}");
        var hidden = Hidden()
            .Matches(form)
            .Select(match => (match.Groups[1].Value, WebUtility.HtmlDecode(match.Groups[2].Value)));
        return await reader.PostAsync(
            action,
            [.. hidden.Where(field => !Array.Exists(fields, own => own.Name == field.Item1)), .. fields]
        );
    }

    [GeneratedRegex("<form method=\"post\".*?</form>", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("action=\"([^\"]*)\"")]
    private static partial Regex Action();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"")]
    private static partial Regex Hidden();
}

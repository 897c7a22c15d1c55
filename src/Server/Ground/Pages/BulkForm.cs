using Paddock.Core.Names;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.Pages;

/// <summary>
/// A form that acts on many rows of a list: a checkbox per row, and one for all rows of the page, so that selecting
/// them needs no script.
/// </summary>
internal static class BulkForm
{
    /// <summary>The checkbox for all rows of the page.</summary>
    public const string All = "all";

    /// <summary>The hidden field that lists each row of the page.</summary>
    public const string Listed = "listed";

    /// <exception cref="Refusal">Nothing was ticked, more rows than a page has, or a value that is not a
    /// UUID.</exception>
    public static IReadOnlyList<Guid> Chosen(IFormCollection form, string name)
    {
        var texts = form[form.ContainsKey(All) ? Listed : name];
        if (texts.Count == 0)
            throw Refusal.BadInput($"{name}: nothing is ticked. Go back and tick one row or more.");
        if (texts.Count > ListPart.Size)
            throw Refusal.BadInput($"{name}: has {texts.Count} values; allowed: {ListPart.Size} at most");
        return
        [
            .. texts
                .Select(text =>
                    UuidText.TryParse(text, out var uuid)
                        ? uuid
                        : throw Refusal.BadInput($"{name}: {Text.Quote(text)} is not a UUID")
                )
                .Distinct(),
        ];
    }
}

using Microsoft.AspNetCore.Components;
using Paddock.Server.Http;

namespace Paddock.Server.Console;

/// <summary>How pages are mapped: as any endpoint, but people read its refusals.</summary>
internal static class Pages
{
    public static void Page(this IEndpointRouteBuilder routes, string path, Func<Call, Task<Answer>> page) => routes.Get(path, async call =>
    {
        try { return await page(call); }
        catch (Refusal refusal) { return Of(refusal); }
    });

    public static Answer Show<TPage>(object view) where TPage : IComponent =>
        new PageAnswer<TPage>(StatusCodes.Status200OK, new() { ["View"] = view });

    public static Answer Redirect(string path) => new RedirectAnswer(path);

    // What is missing and what is hidden look the same, to the letter.
    private static PageAnswer<RefusalPage> Of(Refusal refusal)
    {
        var status = V0.Status(refusal.Because);
        var (heading, text) = refusal.Because switch
        {
            Because.NotFound => ("Not found", "There is nothing at this address, or it is not for you to see."),
            Because.BadInput => ("This address is not right", refusal.Message),
            _ => ("Not possible", refusal.Message),
        };
        return new(status, new() { [nameof(RefusalPage.Heading)] = heading, [nameof(RefusalPage.Text)] = text });
    }

    private sealed class RedirectAnswer(string path) : Answer
    {
        public override Task WriteAsync(HttpContext http)
        {
            http.Response.Redirect(path);
            http.Response.ContentLength = 0;
            return Task.CompletedTask;
        }
    }
}

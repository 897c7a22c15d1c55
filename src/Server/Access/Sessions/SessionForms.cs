using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Sessions;

/// <summary>Forms of who has signed in with the browser.</summary>
internal static class SessionForms
{
    /// <summary>
    /// What a <see cref="FormBox"/> posts to. It is refused unless a page made it that was shown to this very session.
    /// A field or a request that is refused shows the form again.
    /// </summary>
    /// <param name="again">The page of the form, with what was typed and what is wrong with it.</param>
    public static void Form<T>(
        this IEndpointRouteBuilder routes,
        string path,
        AccessRule<T> rule,
        Func<Call, T, FormFields, Task<Answer>> act,
        Func<Call, T, FormState, Task<Answer>> again
    )
    {
        var browser = routes.ServiceProvider.GetRequiredService<BrowserSession>();
        routes.Form(path, rule, (call, found, form) =>
        {
            browser.Check(call, form[FormFields.ProofField]);
            return FormFields.TryAsync(form, fields => act(call, found, fields), state => again(call, found, state));
        });
    }

    /// <summary>The same for a form without fields to fill in: what is refused is a page of its own.</summary>
    public static void Act<T>(
        this IEndpointRouteBuilder routes,
        string path,
        AccessRule<T> rule,
        Func<Call, T, FormFields, Task<Answer>> act
    )
    {
        var browser = routes.ServiceProvider.GetRequiredService<BrowserSession>();
        routes.Form(path, rule, (call, found, form) =>
        {
            browser.Check(call, form[FormFields.ProofField]);
            return act(call, found, new FormFields(form));
        });
    }
}

using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Sessions;

/// <summary>Routes for the forms of users who have signed in with the browser.</summary>
internal static class SessionForms
{
    /// <summary>
    /// Maps the route that a <see cref="FormBox"/> posts to. A form is refused unless its page was made for this very
    /// session. If a field or the request is refused, the form is shown again.
    /// </summary>
    /// <param name="again">Shows the form again, with the user's input and the errors.</param>
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

    /// <summary>The same for a form without fields to fill in: a refusal is shown on a separate page.</summary>
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

namespace Paddock.Server.Ground.Http;

/// <summary>
/// Removes empty segments from paths before routing, because some clients join URLs with two slashes.
/// </summary>
internal sealed class TidyPath(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        http.Request.Path = Tidy(http.Request.Path);
        return next(http);
    }

    private static PathString Tidy(PathString path)
    {
        var text = path.Value ?? "/";
        if (!text.Contains("//", StringComparison.Ordinal) && (text.Length <= 1 || text[^1] != '/'))
            return path;
        // The constructor is used because the conversion from a string would decode the path a second time.
        return new PathString("/" + string.Join('/', text.Split('/', StringSplitOptions.RemoveEmptyEntries)));
    }
}

namespace Paddock.Server.Ground.Http;

/// <summary>
/// Removes empty segments from paths before they are routed: some clients join addresses with two slashes.
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
        // Not by the conversion from a string, which would decode what is decoded already.
        return new PathString("/" + string.Join('/', text.Split('/', StringSplitOptions.RemoveEmptyEntries)));
    }
}

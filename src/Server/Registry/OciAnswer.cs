using Paddock.Core.Names;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>An answer of the registry: mostly headers.</summary>
internal sealed class OciAnswer(int status) : Answer
{
    private readonly List<(string Name, string Value)> headers = [];
    private Func<HttpContext, Task>? body;

    public OciAnswer With(string name, string value)
    {
        headers.Add((name, value));
        return this;
    }

    public OciAnswer WithDigest(Digest digest) => With("Docker-Content-Digest", digest.Value);

    public OciAnswer WithBody(Func<HttpContext, Task> write)
    {
        body = write;
        return this;
    }

    public override Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = status;
        foreach (var (name, value) in headers)
            http.Response.Headers[name] = value;
        return body is null || HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : body(http);
    }
}

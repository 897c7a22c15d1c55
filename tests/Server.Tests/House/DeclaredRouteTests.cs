using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Tests.House;

/// <summary>A server starts only when every route declares who may call it.</summary>
public sealed class DeclaredRouteTests
{
    [Fact]
    public void A_route_without_a_rule_is_named_and_stops_the_start()
    {
        var app = Empty();
        app.MapMethods("/v0/secrets/{secret}", ["DELETE"], (HttpContext _) => Task.CompletedTask);

        var refusal = Assert.Throws<InvalidOperationException>(app.RefuseUndeclared);

        Assert.Contains(
            "DELETE /v0/secrets/{secret} does not declare who may call it",
            refusal.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_route_with_a_rule_lets_the_server_start()
    {
        var app = Empty();
        app.Get("/v0/open", AccessRule.Anybody, _ => Task.FromResult(Answer.Deleted));

        app.RefuseUndeclared();
    }

    private static WebApplication Empty()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        return builder.Build();
    }
}

namespace Paddock.Server.Tests.House;

/// <summary>
/// The wings of the server are layers, stacked like floors: a type may use its own wing and those below it.
/// </summary>
public class FloorTests
{
    private const string Root = "Paddock.Server";

    // From bottom to top. Types in no wing assemble the server and may use all wings.
    private static readonly string[] Wings =
    [
        "Ground",
        "Access",
        "Catalog",
        "Results",
        "Registry",
        "Machines",
        "Runs",
        "Outside",
        "Installation",
    ];

    // The compiler puts some shared generated types outside of Paddock's namespaces.
    private static readonly List<(Type From, Type To)> References =
    [
        .. TypeReferences.Read(typeof(ServerApp).Assembly).Where(pair => IsOurs(pair.From) && IsOurs(pair.To)),
    ];

    [Fact]
    public void Every_type_uses_only_its_own_wing_and_those_below_it()
    {
        var upward =
            from reference in References
            let here = FloorOf(reference.From)
            let there = FloorOf(reference.To)
            where here < there
            orderby reference.From.FullName
            select $"{reference.From.FullName} uses {reference.To.FullName}, which lies above it. {Allowed(here)}";
        Assert.Empty(upward);
    }

    [Fact]
    public void No_endpoint_class_uses_another_endpoint_class()
    {
        var calls =
            from reference in References
            where IsEndpoint(reference.From) && IsEndpoint(reference.To)
            orderby reference.From.FullName
            select $"{reference.From.FullName} uses {reference.To.FullName}. Endpoint classes do not call each other; "
                + $"what they share goes into a table's class or a file of its own.";
        Assert.Empty(calls);
    }

    [Fact]
    public void Every_type_is_in_a_wing_or_in_the_root_namespace()
    {
        var homeless =
            from type in typeof(ServerApp).Assembly.GetTypes()
            where IsOurs(type) && type.Namespace != Root && FloorOf(type) == Wings.Length
            select $"{type.FullName} lies in no wing. The wings are {string.Join(", ", Wings)}.";
        Assert.Empty(homeless);
    }

    [Fact]
    public void References_are_found_in_signatures_bodies_generics_attributes_and_lambdas()
    {
        Type[] reached =
        [
            .. TypeReferences.Read(typeof(FloorTests).Assembly, of: typeof(Samples)).Select(pair => pair.To),
        ];
        Type[] expected =
        [
            typeof(SampleA),
            typeof(SampleAttribute),
            typeof(SampleB),
            typeof(SampleC),
            typeof(SampleD),
            typeof(SampleE),
        ];
        Assert.Equal(
            expected.Select(type => type.Name),
            reached.Select(type => type.Name).Order(StringComparer.Ordinal)
        );
    }

    private static bool IsOurs(Type type) =>
        type.Namespace == Root || type.Namespace?.StartsWith(Root + ".", StringComparison.Ordinal) is true;

    private static bool IsEndpoint(Type type) =>
        type.Name.EndsWith("Endpoints", StringComparison.Ordinal)
        || type.Name.EndsWith("Endpoint", StringComparison.Ordinal);

    private static string Allowed(int floor) =>
        $"A type in {Wings[floor]} may use {string.Join(", ", Wings.Take(floor + 1))}. Let the upper wing implement "
        + $"an interface of the lower one, or move the type.";

    private static int FloorOf(Type type)
    {
        var wing = Array.IndexOf(
            Wings,
            type.Namespace?.Split('.') is ["Paddock", "Server", var name, ..] ? name : null
        );
        return wing < 0 ? Wings.Length : wing;
    }
}

internal sealed class SampleA;

internal static class SampleB
{
    public static readonly int Number = Random.Shared.Next();
}

internal sealed class SampleC;

internal sealed class SampleD;

internal sealed class SampleE;

[AttributeUsage(AttributeTargets.Method)]
internal sealed class SampleAttribute : Attribute;

/// <summary>Uses each of the types above in a different way.</summary>
internal static class Samples
{
    public static SampleA? Signature() => null;

    [Sample]
    public static int Body() => SampleB.Number;

    public static List<SampleC[]> Generic() => [];

    public static Func<object> Lambda() => () => new SampleD();

    public static async Task AsynchronousAsync()
    {
        await Task.Yield();
        GC.KeepAlive(typeof(SampleE));
    }
}

namespace Paddock.Server.Tests;

/// <summary>A fact about the server as it is published: precompiled, in one file.</summary>
public sealed class FactOfPublishedAttribute : FactAttribute
{
    public FactOfPublishedAttribute() => Skip = Missing;

    internal static string? Missing =>
        Environment.GetEnvironmentVariable("PADDOCK_TEST_PROGRAMS") is null
            ? "set PADDOCK_TEST_PROGRAMS to the folder of the published programs"
            : null;
}

/// <summary>The same for several cases.</summary>
public sealed class TheoryOfPublishedAttribute : TheoryAttribute
{
    public TheoryOfPublishedAttribute() => Skip = FactOfPublishedAttribute.Missing;
}

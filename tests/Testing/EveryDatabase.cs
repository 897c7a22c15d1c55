using System.Reflection;
using Paddock.Server.Ground.Database;
using Xunit.Sdk;

namespace Paddock.Testing;

/// <summary>
/// A theory that runs on both databases: the first argument is the engine, the others are given here.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class EveryDatabaseAttribute(params object[] more) : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        Enum.GetValues<Engine>().Select(engine => (object[])[engine, .. more]);
}

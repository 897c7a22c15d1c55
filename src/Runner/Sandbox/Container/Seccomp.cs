using System.Text.Json;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>
/// Writes the seccomp filter of a container, which allows the calls of <see cref="SystemCalls.Allowed"/> and no others.
/// Calls that are allowed for all arguments cost measured programs nothing: the kernel keeps a bitmap of them and skips
/// the filter.
/// </summary>
internal static class Seccomp
{
    private const uint Refused =
            1 /* EPERM */
        ,
        Unknown =
            38 /* ENOSYS */
        ,
        NoSuchFamily =
            97 /* EAFNOSUPPORT */
    ;

    // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET: they reach kernel code written for root only.
    private const ulong NewNamespaces = 0x7e020000;

    // Domains of socket(2): local, IPv4, IPv6, and netlink, which the resolver and `ip` need.
    private static readonly uint[] SocketFamilies = [1, 2, 10, 16];
    private const uint LastFamily = 16;

    // Linux and BSD, both also without address randomization (setarch -R), and the query for the current personality.
    private static readonly uint[] Personalities = [0, 8, 0x20000, 0x20008, 0x40000, 0x40008, 0xffffffff];

    /// <param name="counters">True to let processes count their own events.</param>
    public static void Write(Utf8JsonWriter json, bool counters)
    {
        json.WriteStartObject("seccomp");
        json.WriteString("defaultAction", "SCMP_ACT_ERRNO");
        // Calls newer than the list fail as on an older kernel, which programs can handle.
        json.WriteNumber("defaultErrnoRet", Unknown);
        json.WriteStartArray("architectures");
        foreach (var architecture in Architectures)
            json.WriteStringValue(architecture);
        json.WriteEndArray();
        json.WriteStartArray("syscalls");
        Allow(json, SystemCalls.Allowed);
        Refuse(json, counters ? [.. SystemCalls.Refused] : [.. SystemCalls.Refused, SystemCalls.Counters], Refused);
        Allow(json, ["clone"], new Argument(0, "SCMP_CMP_MASKED_EQ", NewNamespaces, 0));
        Refuse(json, ["clone3"], Unknown); // Filters cannot see its flags; programs fall back to clone.
        foreach (var personality in Personalities)
            Allow(json, ["personality"], new Argument(0, "SCMP_CMP_EQ", personality));
        Sockets(json);
        if (counters)
            Counters(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // An allow list, because the kernel reads 32 bits of the domain and the filter 64: a number with any higher bit set
    // would slip past a deny list.
    private static void Sockets(Utf8JsonWriter json)
    {
        foreach (var family in SocketFamilies)
            Allow(json, ["socket"], new Argument(0, "SCMP_CMP_EQ", family));
        for (var family = 0u; family < LastFamily; family++)
            if (!SocketFamilies.Contains(family))
                Refuse(json, ["socket"], NoSuchFamily, new Argument(0, "SCMP_CMP_EQ", family));
        Refuse(json, ["socket"], NoSuchFamily, new Argument(0, "SCMP_CMP_GT", LastFamily));
    }

    // Allows counting only for a given process (-1 means a whole processor), and not for a control group (flag 4).
    private static void Counters(Utf8JsonWriter json) =>
        Allow(
            json,
            [SystemCalls.Counters],
            new Argument(1, "SCMP_CMP_LE", int.MaxValue),
            new Argument(4, "SCMP_CMP_MASKED_EQ", 4, 0)
        );

    private static string[] Architectures =>
        Images.ImageStore.Architecture == "amd64"
            ? ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]
            : ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"];

    private sealed record Argument(int Index, string Operator, ulong Value, ulong Second = 0);

    private static void Allow(Utf8JsonWriter json, IEnumerable<string> names, params Argument[] arguments) =>
        Rule(json, names, error: null, arguments);

    private static void Refuse(
        Utf8JsonWriter json,
        IEnumerable<string> names,
        uint error,
        params Argument[] arguments
    ) => Rule(json, names, error, arguments);

    private static void Rule(Utf8JsonWriter json, IEnumerable<string> names, uint? error, Argument[] arguments)
    {
        json.WriteStartObject();
        json.WriteStartArray("names");
        foreach (var name in names)
            json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteString("action", error is null ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO");
        if (error is { } number)
            json.WriteNumber("errnoRet", number);
        if (arguments.Length > 0)
        {
            json.WriteStartArray("args");
            foreach (var argument in arguments)
            {
                json.WriteStartObject();
                json.WriteNumber("index", argument.Index);
                json.WriteNumber("value", argument.Value);
                json.WriteNumber("valueTwo", argument.Second);
                json.WriteString("op", argument.Operator);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}

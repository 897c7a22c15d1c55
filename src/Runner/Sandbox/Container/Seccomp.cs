using System.Text.Json;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>
/// System calls that a container is refused. What is not named is allowed: benchmarks use new calls before lists of ours know them,
/// and the kernel skips the filter for calls that it always allows, so that measured programs do not pay for it.
/// </summary>
internal static class Seccomp
{
    private const uint Refused = 1 /* EPERM */, Unknown = 38 /* ENOSYS */;
    private const ulong NewUserNamespace = 0x10000000;

    // The machine itself, other namespaces, the keyrings, and what has been the way out of containers before.
    private static readonly string[] Never =
    [
        "acct", "add_key", "adjtimex", "bpf", "clock_adjtime", "clock_adjtime64", "clock_settime", "clock_settime64", "create_module", "delete_module",
        "finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "get_kernel_syms", "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup",
        "ioperm", "iopl", "kcmp", "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mount", "mount_setattr", "move_mount", "name_to_handle_at",
        "nfsservctl", "open_by_handle_at", "open_tree", "pivot_root", "process_vm_readv", "process_vm_writev", "quotactl", "quotactl_fd", "query_module",
        "reboot", "request_key", "setdomainname", "sethostname", "setns", "settimeofday", "stime", "swapoff", "swapon", "_sysctl", "syslog", "sysfs", "umount", "umount2", "unshare",
        "uselib", "userfaultfd", "ustat", "vhangup", "vm86", "vm86old",
    ];

    public static void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("seccomp");
        json.WriteString("defaultAction", "SCMP_ACT_ALLOW");
        json.WriteStartArray("architectures");
        foreach (var architecture in Architectures) json.WriteStringValue(architecture);
        json.WriteEndArray();
        json.WriteStartArray("syscalls");
        Rule(json, Never, Refused);
        // A new user namespace gives rights over kernel code that is written for root. clone3 hides its flags from filters;
        // programs fall back to clone when it is not there.
        Rule(json, ["clone"], Refused, withFlag: NewUserNamespace);
        Rule(json, ["clone3"], Unknown);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string[] Architectures => Images.ImageStore.Architecture == "amd64" ? ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"] : ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"];

    private static void Rule(Utf8JsonWriter json, IEnumerable<string> names, uint error, ulong? withFlag = null)
    {
        json.WriteStartObject();
        json.WriteStartArray("names");
        foreach (var name in names) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteString("action", "SCMP_ACT_ERRNO");
        json.WriteNumber("errnoRet", error);
        if (withFlag is { } flag)
        {
            json.WriteStartArray("args");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteNumber("value", flag);
            json.WriteNumber("valueTwo", flag);
            json.WriteString("op", "SCMP_CMP_MASKED_EQ");
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}

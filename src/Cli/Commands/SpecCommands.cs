using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using OperatingSystem = Paddock.Core.Wire.OperatingSystem;

namespace Paddock.Cli.Commands;

internal static class SpecCommands
{
    private const string All = "/v0/specs",
        One = All + "/{spec}";

    public static Command Create() =>
        new("spec")
        {
            Call.List<Spec>(
                All,
                Access.Authenticated,
                "List the hardware specs of the server.",
                Filter.Name<ResourceName>(),
                Filter.Search,
                Filter.Archived,
                Filter.Page("name", "created")
            ),
            Call.Create<Spec>(
                All,
                "Create a hardware spec.",
                Field.Text<ResourceName>("--name", "Its name.").Required(),
                Field.Slug,
                Field.Word<OperatingSystem>("--os", "Operating system").Required(),
                Field
                    .Word("--architecture", "Processor architecture", [Architectures.X8664, Architectures.Aarch64])
                    .Required(),
                Field.Word("--sandbox", "Sandbox in which jobs run; a container unless given", ["firecracker"]),
                Field.Size("--cpu", "How many processors.", int.MaxValue, uint.MaxValue).Required(),
                Field.Size("--memory", "Bytes of memory.", long.MaxValue, ulong.MaxValue, helpName: "bytes").Required(),
                Field.Size("--disk", "Bytes of disk.", long.MaxValue, ulong.MaxValue, helpName: "bytes").Required(),
                Field.Flag("--network", "Jobs may use the network."),
                Field.Flag("--fallback", "Use this spec for jobs that name none."),
                Field.Flag("--counters", "Jobs may count events of their own processes (perf)."),
                Field.Whole(
                    "--timeout-max",
                    "Maximum number of seconds that a job may take.",
                    1,
                    int.MaxValue,
                    helpName: "seconds"
                )
            ),
            Call.View<Spec>(One, Access.Authenticated, "Show a hardware spec."),
            Call.Update<Spec>(
                One,
                "Change a hardware spec.",
                Field.Text<ResourceName>("--name", "Its new name."),
                Field.NewSlug,
                Field.YesNo("--fallback", "Whether this spec is used for jobs that name none."),
                Field.YesNo("--counters", "Whether jobs may count events of their own processes (perf)."),
                Field.ClearableWhole("--timeout-max", "Maximum number of seconds that a job may take.", int.MaxValue),
                Field.Archived("spec")
            ),
            Call.Delete(One, "Delete a hardware spec that no runner or job uses."),
        };
}

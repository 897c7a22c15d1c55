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
                Field.Word("--sandbox", "What keeps a job apart; a container unless given", ["firecracker"]),
                Field.Size("--cpu", "How many processors.", int.MaxValue, uint.MaxValue).Required(),
                Field.Size("--memory", "Bytes of memory.", long.MaxValue, ulong.MaxValue, helpName: "bytes").Required(),
                Field.Size("--disk", "Bytes of disk.", long.MaxValue, ulong.MaxValue, helpName: "bytes").Required(),
                Field.Flag("--network", "Jobs may use the network."),
                Field.Flag("--fallback", "Take it for jobs that name no spec."),
                Field.Flag("--counters", "Jobs may count events of their own processes (perf)."),
                Field.Whole(
                    "--timeout-max",
                    "Seconds that a job may take at most.",
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
                Field.YesNo("--fallback", "Whether it is taken for jobs that name no spec."),
                Field.YesNo("--counters", "Whether jobs may count events of their own processes (perf)."),
                Field.ClearableWhole("--timeout-max", "Seconds that a job may take at most.", int.MaxValue),
                Field.Archived("spec")
            ),
            Call.Delete(One, "Delete a hardware spec that no runner or job uses."),
        };
}

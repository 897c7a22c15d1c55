using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;
using OperatingSystem = Paddock.Core.Wire.OperatingSystem;

namespace Paddock.Server.Catalog.Specs;

/// <summary>Describes a spec's hardware for pages.</summary>
internal static class SpecWords
{
    public static string Hardware(Spec spec) =>
        $"{spec.Cpu} {(spec.Cpu == 1 ? "core" : "cores")}, {Sizes.Binary(spec.Memory)} memory, "
        + $"{Sizes.Binary(spec.Disk)} disk, {(spec.Network ? "network" : "no network")}, {Sandbox(spec)}";

    public static string System(Spec spec) => $"{Words<OperatingSystem>.Of(spec.Os)}/{spec.Architecture}";

    public static string Sandbox(Spec spec) => spec.Sandbox is null ? "container" : "micro VM";
}

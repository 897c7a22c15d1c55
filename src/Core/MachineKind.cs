using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Paddock.Core.Wire;

namespace Paddock.Core;

/// <summary>
/// The facts of an environment that affect time. Values measured on two kinds of machine are never compared.
/// </summary>
public static class MachineKind
{
    // Short enough that all the texts together fit into one database index entry, whatever letters they have.
    private const int TextMax = 64;

    /// <summary>The environment without the facts that differ from run to run, or that do not affect time.</summary>
    public static RunEnvironment Of(RunEnvironment environment) =>
        new(
            Sandbox: Cut(environment.Sandbox),
            CpuModel: Cut(environment.CpuModel),
            Microcode: Cut(environment.Microcode),
            Kernel: Cut(environment.Kernel),
            Governor: Cut(environment.Governor),
            Turbo: environment.Turbo,
            Smt: environment.Smt,
            Aslr: environment.Aslr,
            Emulated: environment.Emulated,
            Virtualized: environment.Virtualized,
            Harness: Cut(environment.Harness)
        );

    /// <summary>
    /// The difference in words: "CPU changed from X to Y; kernel changed from 6.8 to 6.11". A fact that is unknown on
    /// either side is not named.
    /// </summary>
    public static string Difference(RunEnvironment before, RunEnvironment after)
    {
        (string Name, string? Before, string? After)[] things =
        [
            ("CPU", before.CpuModel, after.CpuModel),
            ("microcode", before.Microcode, after.Microcode),
            ("kernel", before.Kernel, after.Kernel),
            ("sandbox", before.Sandbox, after.Sandbox),
            ("governor", before.Governor, after.Governor),
            ("turbo", OnOff(before.Turbo), OnOff(after.Turbo)),
            ("SMT", OnOff(before.Smt), OnOff(after.Smt)),
            ("ASLR", OnOff(before.Aslr), OnOff(after.Aslr)),
            ("emulation", OnOff(before.Emulated), OnOff(after.Emulated)),
            ("virtual machine", OnOff(before.Virtualized), OnOff(after.Virtualized)),
            ("harness", before.Harness, after.Harness),
        ];
        string[] told =
        [
            .. things
                .Where(of => of.Before != of.After && of is { Before: not null, After: not null })
                .Select(of => $"{of.Name} changed from {of.Before} to {of.After}"),
        ];
        return told.Length == 0 ? "the environment changed" : string.Join("; ", told);
    }

    /// <summary>
    /// Reads the environment from the text that a run's context has under <see cref="RunContext.Environment"/>.
    /// </summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out RunEnvironment? environment)
    {
        try
        {
            environment = JsonSerializer.Deserialize(text, Wire.Wire.Default.RunEnvironment);
        }
        catch (JsonException)
        {
            environment = null;
        }
        return environment is not null;
    }

    private static string? OnOff(bool? value) =>
        value switch
        {
            true => "on",
            false => "off",
            null => null,
        };

    private static string? Cut(string? text) => text is { Length: > TextMax } ? text[..TextMax] : text;
}

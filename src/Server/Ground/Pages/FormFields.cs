using System.Globalization;
using System.Text.RegularExpressions;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.Pages;

/// <summary>A form as it is shown: what is in its fields, and what is wrong with them.</summary>
/// <param name="Problem">Why it was refused, where that is the fault of no single field.</param>
public sealed record FormState(
    IReadOnlyDictionary<string, string> Values,
    IReadOnlyDictionary<string, string> Errors,
    string? Problem = null
)
{
    public static FormState Empty { get; } = Of();

    /// <summary>A form that nobody has sent yet, with these values in its fields.</summary>
    public static FormState Of(params ReadOnlySpan<(string Name, string? Value)> values)
    {
        var given = new Dictionary<string, string>();
        foreach (var (name, value) in values)
            if (value is not null)
                given[name] = value;
        return new(given, new Dictionary<string, string>());
    }

    public bool IsRefused => Problem is not null || Errors.Count > 0;

    public string? Value(string name) => Values.GetValueOrDefault(name);

    public string? Error(string name) => Errors.GetValueOrDefault(name);
}

/// <summary>
/// A form as it was sent. Each field is parsed by the rule of its type; <see cref="Check"/> then refuses all that are
/// wrong together.
/// </summary>
internal sealed partial class FormFields(IFormCollection form)
{
    private readonly Dictionary<string, string> errors = [];

    /// <summary>What was typed, without blanks around it; nothing where the field is missing.</summary>
    public string Text(string name) => form[name].ToString().Trim();

    public IReadOnlyList<string> All(string name) =>
        [.. form[name].Where(value => value is not null).Select(value => value!)];

    /// <summary>True once a field was found wrong.</summary>
    public bool HasErrors => errors.Count > 0;

    /// <summary>The form as it was sent, to be shown again without a fault.</summary>
    public FormState Sent => State([], problem: null);

    public bool IsTicked(string name) => form.ContainsKey(name);

    /// <summary>
    /// The field's value; null, with an error kept for <see cref="Check"/>, where it is missing or breaks the rule.
    /// </summary>
    public T Required<T>(string name)
        where T : class, IText<T>
    {
        if (T.TryParse(Text(name), out var value))
            return value;
        errors[name] =
            Text(name).Length == 0 ? $"Fill this in; allowed: {T.Rule}." : Core.Names.Text.Refusal<T>(Text(name)) + ".";
        return null!;
    }

    /// <summary>The same, where the field may be left empty.</summary>
    public T? Optional<T>(string name)
        where T : class, IText<T> => Text(name).Length == 0 ? null : Required<T>(name);

    public T Word<T>(string name)
        where T : struct, Enum
    {
        if (Words<T>.TryParse(Text(name), out var value))
            return value;
        errors[name] = Words<T>.Refusal(Text(name)) + ".";
        return default;
    }

    public Guid Uuid(string name)
    {
        if (UuidText.TryParse(Text(name), out var value))
            return value;
        errors[name] = $"{Core.Names.Text.Quote(Text(name))} is not a UUID.";
        return default;
    }

    /// <summary>A whole number; null where the field is empty.</summary>
    public long? Whole(string name, long min, long max)
    {
        if (Text(name) is not { Length: > 0 } text)
            return null;
        if (
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= min
            && value <= max
        )
            return value;
        errors[name] = $"{Core.Names.Text.Quote(text)} is not a whole number from {min} to {max}.";
        return null;
    }

    /// <summary>A number; null where the field is empty.</summary>
    public double? Number(string name)
    {
        if (Text(name) is not { Length: > 0 } text)
            return null;
        if (
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value)
        )
            return value;
        errors[name] = $"{Core.Names.Text.Quote(text)} is not a number.";
        return null;
    }

    /// <summary>
    /// Holds a deletion to its typed confirmation, the field "confirm"; then does as <see cref="Check"/>.
    /// </summary>
    public void Confirm(string expected)
    {
        if (Text("confirm") != expected)
            errors["confirm"] = $"Type {expected} to confirm; nothing was deleted.";
        Check();
    }

    public void Wrong(string name, string why) => errors[name] = why;

    /// <summary>Ends the handling of a form of which at least one field is wrong; see <see cref="TryAsync"/>.</summary>
    public void Check()
    {
        if (errors.Count > 0)
            throw new FormRefused();
    }

    /// <summary>
    /// Does what the form asks for. Where a field or the request is refused, the form is shown again, with what was
    /// typed and with the reason.
    /// </summary>
    public static async Task<Answer> TryAsync(
        IFormCollection form,
        Func<FormFields, Task<Answer>> act,
        Func<FormState, Task<Answer>> again
    )
    {
        var fields = new FormFields(form);
        try
        {
            return await act(fields);
        }
        catch (FormRefused)
        {
            return await again(fields.State(fields.errors, problem: null));
        }
        catch (Refusal refusal) when (refusal.Because is Because.BadInput or Because.Conflict)
        {
            // Refusals begin with the field's name where one field is wrong.
            var named = Prefix().Match(refusal.Message);
            return named.Success && form.ContainsKey(named.Groups[1].Value)
                ? await again(
                    fields.State(new() { [named.Groups[1].Value] = refusal.Message[named.Length..] }, problem: null)
                )
                : await again(fields.State([], refusal.Message));
        }
    }

    private FormState State(Dictionary<string, string> wrong, string? problem) =>
        new(
            form.Where(field => field.Key != ProofField)
                .ToDictionary(field => field.Key, field => field.Value.ToString()),
            wrong,
            problem
        );

    /// <summary>The field of <see cref="Viewer.Proof"/>.</summary>
    public const string ProofField = "proof";

    [GeneratedRegex("^([a-z_]+): ")]
    private static partial Regex Prefix();

    private sealed class FormRefused : Exception;
}

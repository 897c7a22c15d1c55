using System.Globalization;
using System.Text.RegularExpressions;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.Pages;

/// <summary>A form to be rendered: its values and its errors.</summary>
/// <param name="Problem">Why the form was refused, if no single field is the cause.</param>
public sealed record FormState(
    IReadOnlyDictionary<string, string> Values,
    IReadOnlyDictionary<string, string> Errors,
    string? Problem = null
)
{
    public static FormState Empty { get; } = Of();

    /// <summary>Creates a new form, not yet submitted, with these values in its fields.</summary>
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
/// A submitted form. Each field is parsed by the rule of its type; <see cref="Check"/> then refuses all invalid fields
/// together.
/// </summary>
internal sealed partial class FormFields(IFormCollection form)
{
    private readonly Dictionary<string, string> errors = [];

    /// <summary>The submitted text, trimmed; empty if the field is missing.</summary>
    public string Text(string name) => form[name].ToString().Trim();

    public IReadOnlyList<string> All(string name) =>
        [.. form[name].Where(value => value is not null).Select(value => value!)];

    /// <summary>True when a field is invalid.</summary>
    public bool HasErrors => errors.Count > 0;

    /// <summary>The form as submitted, to be shown again without errors.</summary>
    public FormState Sent => State([], problem: null);

    public bool IsTicked(string name) => form.ContainsKey(name);

    /// <summary>
    /// Parses the field. Null if it is missing or invalid; <see cref="Check"/> then reports the error.
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

    /// <summary>Like <see cref="Required{T}"/>, but the field may be left empty.</summary>
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

    /// <summary>Parses a whole number; null if the field is empty.</summary>
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

    /// <summary>Parses a number; null if the field is empty.</summary>
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
    /// Checks the typed confirmation of a deletion, the field "confirm". Then does the same as <see cref="Check"/>.
    /// </summary>
    public void Confirm(string expected)
    {
        if (Text("confirm") != expected)
            errors["confirm"] = $"Type {expected} to confirm; nothing was deleted.";
        Check();
    }

    public void Wrong(string name, string why) => errors[name] = why;

    /// <summary>Aborts the handling of a form with at least one invalid field; see <see cref="TryAsync"/>.</summary>
    public void Check()
    {
        if (errors.Count > 0)
            throw new FormRefused();
    }

    /// <summary>
    /// Handles a submitted form. If a field or the request is refused, the form is shown again with its values and the
    /// reason.
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
            // A refusal about one field begins with the field's name.
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

    /// <summary>The field that carries <see cref="Viewer.Proof"/>.</summary>
    public const string ProofField = "proof";

    [GeneratedRegex("^([a-z_]+): ")]
    private static partial Regex Prefix();

    private sealed class FormRefused : Exception;
}

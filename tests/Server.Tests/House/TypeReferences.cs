using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;

namespace Paddock.Server.Tests.House;

/// <summary>
/// The types that a compiled type refers to: in its bases, members, method bodies, generics and attributes.
/// </summary>
/// <remarks>Nested types, including compiler-generated ones, count as the outermost type that declares them.</remarks>
internal static class TypeReferences
{
    private const BindingFlags Declared =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes)
        .GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    // Most members are named by many methods, and resolving their signatures takes most of the time.
    private static readonly ConcurrentDictionary<MemberInfo, Type?[]> Members = new();

    /// <summary>Every pair of outermost types of one assembly of which the first refers to the second.</summary>
    /// <param name="of">Only what this outermost type refers to; null for all.</param>
    public static HashSet<(Type From, Type To)> Read(Assembly assembly, Type? of = null) =>
        [
            .. from type in assembly.GetTypes()
            where of is null || Outermost(type) == of
            from reached in Reached(type)
            where reached.Assembly == assembly && Outermost(reached) != Outermost(type)
            select (Outermost(type), Outermost(reached)),
        ];

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type;
    }

    private static IEnumerable<Type> Reached(Type type)
    {
        IEnumerable<Type?> found =
        [
            type.BaseType,
            .. type.GetInterfaces(),
            .. type.GetGenericArguments().SelectMany(argument => argument.GetGenericParameterConstraints()),
            .. Attributes(type),
            .. type.GetFields(Declared).SelectMany(field => Attributes(field).Append(field.FieldType)),
            .. type.GetProperties(Declared).SelectMany(property => Attributes(property).Append(property.PropertyType)),
            .. type.GetEvents(Declared).SelectMany(raised => Attributes(raised).Append(raised.EventHandlerType)),
            .. type.GetMethods(Declared).SelectMany(InMethod),
            .. type.GetConstructors(Declared).SelectMany(InMethod),
        ];
        return found.OfType<Type>().SelectMany(Parts);
    }

    /// <summary>A type and its parts: the element of an array, the arguments of a generic.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
            return Parts(type.GetElementType()!);
        if (type.IsGenericParameter)
            return [];
        return type.IsGenericType
            ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition())
            : [type];
    }

    private static IEnumerable<Type?> Attributes(MemberInfo member) =>
        member.GetCustomAttributesData().SelectMany(Attribute);

    private static IEnumerable<Type?> Attribute(CustomAttributeData attribute) =>
        attribute
            .ConstructorArguments.Concat(attribute.NamedArguments.Select(named => named.TypedValue))
            .Select(argument => argument.Value as Type ?? argument.ArgumentType)
            .Append(attribute.AttributeType);

    private static IEnumerable<Type?> InMethod(MethodBase method)
    {
        IEnumerable<Type?> found = [.. Signature(method), .. Attributes(method)];
        if (method.GetMethodBody() is not { } body)
            return found;
        return
        [
            .. found,
            .. body.LocalVariables.Select(local => local.LocalType),
            .. body
                .ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause)
                .Select(clause => clause.CatchType),
            .. Tokens(body.GetILAsByteArray()!).Distinct().SelectMany(token => Named(method, token)),
        ];
    }

    private static IEnumerable<Type?> Signature(MethodBase method) =>
        method
            .GetParameters()
            .SelectMany(parameter =>
                parameter.GetCustomAttributesData().SelectMany(Attribute).Append(parameter.ParameterType)
            )
            .Append((method as MethodInfo)?.ReturnType)
            .Concat(
                method.IsGenericMethod
                    ? method
                        .GetGenericArguments()
                        .SelectMany(argument =>
                            argument.IsGenericParameter ? argument.GetGenericParameterConstraints() : [argument]
                        )
                    : []
            );

    /// <summary>The types that one metadata token in a method's body refers to.</summary>
    private static Type?[] Named(MethodBase method, int token)
    {
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        var ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        return method.Module.ResolveMember(token, ofType, ofMethod) switch
        {
            Type type => [type],
            { } member => Members.GetOrAdd(member, OfMember),
            null => [],
        };
    }

    private static Type?[] OfMember(MemberInfo member) =>
        member switch
        {
            FieldInfo field => [field.DeclaringType, field.FieldType],
            MethodBase called => [.. Signature(called), called.DeclaringType],
            _ => [],
        };

    private static IEnumerable<int> Tokens(byte[] il)
    {
        for (var at = 0; at < il.Length; )
        {
            short value = il[at++];
            if (value == 0xFE)
                value = (short)(0xFE00 | il[at++]);
            var kind = Codes[value].OperandType;
            if (
                kind
                is OperandType.InlineField
                    or OperandType.InlineMethod
                    or OperandType.InlineTok
                    or OperandType.InlineType
            )
            {
                yield return BitConverter.ToInt32(il, at);
            }
            at += kind switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, at),
                _ => 4,
            };
        }
    }
}

using System.CommandLine;
using System.Text.Json;
using Paddock.Core.Wire;

namespace Paddock.Cli.Rest;

/// <summary>
/// A command that sends one request: names in its path become positional arguments, its parts fill the query and body,
/// and the answer is printed.
/// </summary>
/// <remarks>
/// The type argument of the factory methods is the type of the server's answer; only <c>--strict</c> enforces it.
/// </remarks>
internal sealed class Call : Command
{
    private (Option When, Action<ParseResult, byte[]> Do)? otherwise;
    private Func<ApiClient, ParseResult, Request, CancellationToken, Task>? before;

    private Call(
        string name,
        string? alias,
        HttpMethod method,
        string path,
        Access access,
        string? description,
        Type answer,
        Part[] parts
    )
        : base(name, description)
    {
        if (alias is not null)
            Aliases.Add(alias);
        Answer = answer;
        Part[] all = [.. Positional.In(path), .. parts];
        foreach (var part in all)
            part.AddTo(this);
        var format = name == "list" ? FormatOption() : null;
        if (format is not null)
            Options.Add(format);
        var backend = new Backend();
        backend.AddTo(this);
        SetAction(
            async (args, ct) =>
            {
                var request = new Request(method, path);
                foreach (var part in all)
                    part.Write(args, request);
                using var api = backend.Open(args, access);
                if (before is not null)
                    await before(api, args, request, ct);
                var isOther = otherwise is { When: var when } && args.GetResult(when) is not null;
                if (!isOther && format is not null && ListTable.FormatOf(args.GetValue(format)) == ListFormat.Table)
                {
                    ListTable.Print(await api.SendAsync(request.Method, request.Target, request.Content, ct));
                    return Exit.Success;
                }
                if (otherwise is not { } show || args.GetResult(show.When) is null)
                    return await api.PrintAsync(
                        request.Method,
                        request.Target,
                        request.Content,
                        Wire.Default.GetTypeInfo(answer),
                        ct
                    );
                show.Do(args, await api.SendAsync(request.Method, request.Target, request.Content, ct));
                return Exit.Success;
            }
        );
    }

    /// <summary>The type of a successful answer; <see cref="JsonElement"/> when its form is unknown.</summary>
    internal Type Answer { get; }

    public static Call List<T>(string path, Access access, string description, params Part[] parts) =>
        new(
            "list",
            "ls",
            HttpMethod.Get,
            path,
            access,
            description,
            typeof(T) == typeof(JsonElement) ? typeof(T) : typeof(IReadOnlyList<T>),
            parts
        );

    public static Call View<T>(string path, Access access, string description, params Part[] parts) =>
        new("view", "get", HttpMethod.Get, path, access, description, typeof(T), parts);

    public static Call Create<T>(string path, string description, params Part[] parts) =>
        new("create", "add", HttpMethod.Post, path, Access.Authenticated, description, typeof(T), parts);

    public static Call Update<T>(string path, string description, params Part[] parts) =>
        new("update", "edit", HttpMethod.Patch, path, Access.Authenticated, description, typeof(T), parts);

    public static Call Delete(string path, string description, params Part[] parts) =>
        new("delete", "rm", HttpMethod.Delete, path, Access.Authenticated, description, typeof(JsonElement), parts);

    /// <summary>A command whose name or method is not one of the five that every noun has.</summary>
    public static Call Of<T>(
        string name,
        HttpMethod method,
        string path,
        Access access,
        string? description,
        params Part[] parts
    ) => new(name, alias: null, method, path, access, description, typeof(T), parts);

    /// <summary>Completes the request with data fetched from the server first.</summary>
    public Call Before(Func<ApiClient, ParseResult, Request, CancellationToken, Task> complete)
    {
        before = complete;
        return this;
    }

    private static Option<string> FormatOption() =>
        DomainOption.Of(
            "--format",
            "How to show the list (json, table; a table on a terminal unless given, else JSON).",
            Readers.OneOf(["json", "table"]),
            helpName: "format"
        );

    /// <summary>Adds an option with which the answer is shown differently than as the received JSON.</summary>
    public Call Or(Option option, Action<ParseResult, byte[]> show)
    {
        Options.Insert(0, option);
        otherwise = (option, show);
        return this;
    }

    public Call Also(string alias)
    {
        Aliases.Add(alias);
        return this;
    }
}

using Paddock.Server.Ground;

namespace Paddock.Server.Outside.Mcp;

/// <summary>Limits of the MCP endpoint; <c>docs/configuration.md</c> lists them.</summary>
internal sealed record McpOptions
{
    public const string BodySetting = "PADDOCK_MCP_BODY_MAX_BYTES";
    public const string AnswerSetting = "PADDOCK_MCP_ANSWER_MAX_BYTES";
    public const string TimeSetting = "PADDOCK_MCP_TIME_MAX_S";

    /// <summary>
    /// The largest message. It is parsed as a whole, so the limit is smaller than that of a REST request.
    /// </summary>
    public int BodyBytesMax { get; init; } = 4 << 20;

    /// <summary>The largest REST answer that a tool passes on; it is kept in memory and sent twice.</summary>
    public int AnswerBytesMax { get; init; } = 4 << 20;

    /// <summary>The time limit of a tool call.</summary>
    public TimeSpan TimeMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    public static McpOptions FromEnvironment(Func<string, string?> environment)
    {
        var standard = new McpOptions();
        return new()
        {
            BodyBytesMax = Setting.Number(BodySetting, environment, standard.BodyBytesMax, 1024, 1 << 30),
            AnswerBytesMax = Setting.Number(AnswerSetting, environment, standard.AnswerBytesMax, 1024, 1 << 28),
            TimeMax = TimeSpan.FromSeconds(
                Setting.Number(TimeSetting, environment, (int)standard.TimeMax.TotalSeconds, 1, 86_400)
            ),
        };
    }
}

namespace Paddock.Server.Outside.Mcp;

/// <summary>Limits of the MCP endpoint; <c>docs/configuration.md</c> lists them.</summary>
internal sealed record McpOptions
{
    public const string BodySetting = "PADDOCK_MCP_BODY_MAX_BYTES";
    public const string AnswerSetting = "PADDOCK_MCP_ANSWER_MAX_BYTES";
    public const string TimeSetting = "PADDOCK_MCP_TIME_MAX_S";

    /// <summary>The largest message. It is parsed as a whole, so it is smaller than that of a REST request.</summary>
    public int BodyBytesMax { get; init; } = 4 << 20;

    /// <summary>The largest REST answer that a tool passes on; it is kept in memory and sent twice.</summary>
    public int AnswerBytesMax { get; init; } = 4 << 20;

    /// <summary>How long a tool may read.</summary>
    public TimeSpan TimeMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <param name="number">Reads a setting: its name, the default, the least and the greatest allowed value.</param>
    public static McpOptions Of(Func<string, int, int, int, int> number)
    {
        var standard = new McpOptions();
        return new()
        {
            BodyBytesMax = number(BodySetting, standard.BodyBytesMax, 1024, 1 << 30),
            AnswerBytesMax = number(AnswerSetting, standard.AnswerBytesMax, 1024, 1 << 28),
            TimeMax = TimeSpan.FromSeconds(number(TimeSetting, (int)standard.TimeMax.TotalSeconds, 1, 86_400)),
        };
    }
}

using System.Text.Json.Serialization.Metadata;

namespace Paddock.Cli.Tests.Commands;

/// <summary>
/// With <c>--strict</c>, the program requires the fields that the documented API requires, and no field that only
/// Paddock sends.
/// </summary>
public sealed class StrictTests
{
    private const string Id = "01890000-0000-7000-8000-000000000001",
        Key = "bencher_user_0123456789abcdefghijABCDEFGHIJ",
        Time = "2025-03-01T12:00:00Z";
    private const string Named = $"\"uuid\":\"{Id}\",\"name\":\"N\",\"slug\":\"n\"",
        Times = $"\"created\":\"{Time}\",\"modified\":\"{Time}\"";
    private const string Project = $$"""{{{Named}},"organization":"{{Id}}","visibility":"public",{{Times}}}""";
    private const string Branch =
        $$"""{{{Named}},"project":"{{Id}}","head":{"uuid":"{{Id}}","created":"{{Time}}"},{{Times}}}""";
    private const string Testbed = $$"""{{{Named}},"project":"{{Id}}",{{Times}}}""";
    private const string ReportWithoutCounts = $$"""
        {"uuid":"{{Id}}","project":{{Project}},"branch":{{Branch}},"testbed":{{Testbed}},"start_time":"{{Time}}","end_time":"{{Time}}","adapter":"json","results":[],"alerts":[],"created":"{{Time}}"}
        """;

    /// <summary>
    /// Command lines, each with an answer of the original server that holds only what its API contract requires.
    /// </summary>
    public static TheoryData<string, string> Answers =>
        new()
        {
            { "org view n", $$"""{{{Named}},{{Times}}}""" },
            { "org ls", $$"""[{{{Named}},{{Times}}}]""" },
            {
                "organization usage n",
                $$"""{"organization":"{{Id}}","kind":"self_hosted_free","start_time":"{{Time}}","end_time":"{{Time}}"}"""
            },
            { "project view n", Project },
            {
                $"project key view n {Id}",
                $$"""{"uuid":"{{Id}}","project":"{{Id}}","name":"k","creation":"{{Time}}","expiration":"{{Time}}"}"""
            },
            {
                "project key list n",
                $$"""[{"uuid":"{{Id}}","project":"{{Id}}","name":"k","creation":"{{Time}}","expiration":"{{Time}}"}]"""
            },
            {
                "user key list n",
                $$"""[{"uuid":"{{Id}}","user":"{{Id}}","name":"k","creation":"{{Time}}","expiration":"{{Time}}"}]"""
            },
            { "user view n", $$"""{{{Named}},"email":"n@example.com","admin":false,"locked":false}""" },
            { "branch view p n", Branch },
            { "testbed view p n", Testbed },
            { $"report view p {Id}", ReportWithoutCounts },
            { "runner view n", $$"""{{{Named}},"specs":[],{{Times}}}""" },
            { "runner list", $$"""[{{{Named}},"specs":[],{{Times}}}]""" },
            { "server stats", $$"""{"server":{"uuid":"{{Id}}","created":"{{Time}}"},"timestamp":"{{Time}}"}""" },
            {
                $"token view n {Id}",
                $$"""{"uuid":"{{Id}}","user":"{{Id}}","name":"k","creation":"{{Time}}","expiration":"{{Time}}"}"""
            },
            { "server version", """{"version":"0.6.12"}""" },
        };

    [Theory, MemberData(nameof(Answers))]
    public async Task Strict_mode_accepts_an_answer_of_the_original_server(string line, string answer)
    {
        await using var server = await RecordingServer.StartAsync(200, answer);

        var ended = await AnswerTests.PaddockAsync(server, $"{line} --strict --key {Key}");

        Assert.True(ended.ExitCode == 0, ended.Error);
    }

    [Theory]
    [InlineData("org view n", $$"""{"uuid":"{{Id}}","name":"N",{{Times}}}""")]
    [InlineData("runner view n", $$"""{{{Named}},{{Times}}}""")]
    [InlineData("runner view n", $$"""{{{Named}},"specs":null,{{Times}}}""")]
    [InlineData("branch view p n", $$"""{{{Named}},"project":"{{Id}}",{{Times}}}""")]
    [InlineData("org ls", $$"""{{{Named}},{{Times}}}""")]
    public async Task Strict_mode_refuses_an_answer_without_a_required_field(string line, string answer)
    {
        await using var server = await RecordingServer.StartAsync(200, answer);

        var ended = await AnswerTests.PaddockAsync(server, $"{line} --strict --key {Key}");

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("expected form", ended.Error);
    }

    [Fact]
    public void Strict_mode_requires_no_nullable_field()
    {
        var seen = new HashSet<Type>();
        foreach (var call in CommandTree.Leaves.Select(c => c.Command).OfType<Rest.Call>())
            Walk(call.Answer);
        Assert.True(seen.Count > 20);

        void Walk(Type type)
        {
            var form = Body.Strict.GetTypeInfo(type);
            if (form.ElementType is { } element)
                Walk(element);
            if (form.Kind != JsonTypeInfoKind.Object || !seen.Add(type))
                return;
            foreach (var property in form.Properties)
            {
                Assert.False(
                    property.IsRequired
                        && (property.IsSetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null),
                    $"{type.Name}.{property.Name}"
                );
                if (
                    property.PropertyType.Assembly == typeof(Core.Wire.Report).Assembly
                    || property.PropertyType.IsGenericType
                )
                    Walk(property.PropertyType);
            }
        }
    }
}

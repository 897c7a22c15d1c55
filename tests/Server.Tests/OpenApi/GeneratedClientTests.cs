using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;
using NSwag.CodeGeneration.OperationNameGenerators;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.OpenApi;

/// <summary>
/// A client that NSwag generates from the server's own document compiles, and handles the common tasks.
/// </summary>
public sealed class GeneratedClientTests
{
    /// <summary>
    /// Uses the generated types, so it compiles only if the document names each parameter and property.
    /// </summary>
    private const string Use = """
        using System;
        using System.Linq;
        using System.Net.Http;
        using System.Threading.Tasks;
        namespace Generated;

        public static class Use
        {
            public static async Task<string> RunAsync(HttpClient http)
            {
                var client = new PaddockClient(http);
                var project = await client.Post_v0_organizations_by_organization_projectsAsync("ada-admin", new NewProject { Name = "Typed Project" });
                var started = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);
                var run = new NewRun
                {
                    Project = project.Slug, Branch = "main", Testbed = "box", Start_time = started, End_time = started.AddSeconds(1),
                    Results = new[] { "{\"typed\":{\"latency\":{\"value\":42.5}}}" },
                };
                var report = await client.Post_v0_runAsync(run);
                var one = report.Results.First().First();
                var perf = await client.Get_v0_projects_by_project_perfAsync(
                    project.Slug, branches: report.Branch.Uuid.ToString(), testbeds: report.Testbed.Uuid.ToString(),
                    benchmarks: one.Benchmark.Uuid.ToString(), measures: one.Measures.First().Measure.Uuid.ToString());
                var jobs = await client.Get_v0_projects_by_project_jobsAsync(project.Slug, status: JobStatus.Pending, per_page: 10);
                var runners = await client.Get_v0_runnersAsync(per_page: 10);
                return FormattableString.Invariant(
                    $"{perf.Results.First().Metrics.First().Metric.Value} {jobs.Count} {string.Join(",", runners.Select(runner => runner.Name))}");
            }

            public static async Task<string> FailAsync(HttpClient http)
            {
                try { await new PaddockClient(http).Get_v0_projects_by_projectAsync("no-such-project"); }
                catch (ApiException<Error> e) { return $"{e.StatusCode} {e.Result.Message}"; }
                return "nothing";
            }
        }
        """;

    [Fact]
    public async Task A_generated_client_creates_a_project_posts_a_run_and_reads_plots_jobs_and_runners()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await JobWorld.MakeAsync(server);
        await world.CreateRunnerAsync("Typed Runner");
        var use = Compile(await GenerateAsync(server));

        Assert.Equal("42.5 0 Typed Runner", await CallAsync(use, "RunAsync", world.Admin.Http));
        Assert.StartsWith(
            "404 There is no project \"no-such-project\"",
            await CallAsync(use, "FailAsync", world.Admin.Http),
            StringComparison.Ordinal
        );
    }

    private static async Task<string> GenerateAsync(TestServer server)
    {
        var document = await OpenApiDocument.FromJsonAsync((await server.GetAsync("/v0/server/spec")).Text);
        var settings = new CSharpClientGeneratorSettings
        {
            ClassName = "PaddockClient",
            OperationNameGenerator = new SingleClientFromOperationIdOperationNameGenerator(),
            GenerateOptionalParameters = true,
            UseBaseUrl = false,
        };
        settings.CSharpGeneratorSettings.Namespace = "Generated";
        settings.CSharpGeneratorSettings.JsonLibrary = CSharpJsonLibrary.SystemTextJson;
        return new CSharpClientGenerator(document, settings).GenerateFile();
    }

    private static Type Compile(string client)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "GeneratedClient",
            [CSharpSyntaxTree.ParseText(client), CSharpSyntaxTree.ParseText(Use)],
            references,
            new(OutputKind.DynamicallyLinkedLibrary)
        );
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        Assert.Empty(
            result
                .Diagnostics.Where(found => found.Severity == DiagnosticSeverity.Error)
                .Select(found => found.ToString())
                .Take(20)
        );
        assembly.Position = 0;
        return new AssemblyLoadContext("GeneratedClient", isCollectible: true)
            .LoadFromStream(assembly)
            .GetType("Generated.Use")!;
    }

    private static Task<string> CallAsync(Type use, string method, HttpClient http) =>
        (Task<string>)use.GetMethod(method, BindingFlags.Public | BindingFlags.Static)!.Invoke(null, [http])!;
}

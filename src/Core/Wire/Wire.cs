using System.Text.Json;
using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>
/// The only JSON context: all types of the API and the format. Names are snake_case, times whole seconds, and duplicate
/// fields are refused.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    AllowOutOfOrderMetadataProperties = true,
    Converters = [typeof(TimeConverter), typeof(GuidConverter)]
)]
[JsonSerializable(typeof(User)), JsonSerializable(typeof(IReadOnlyList<User>)), JsonSerializable(typeof(UserPatch))]
[
    JsonSerializable(typeof(Signup)),
    JsonSerializable(typeof(Login)),
    JsonSerializable(typeof(Confirm)),
    JsonSerializable(typeof(Accept)),
    JsonSerializable(typeof(Setup))
]
[
    JsonSerializable(typeof(AuthAck)),
    JsonSerializable(typeof(Session)),
    JsonSerializable(typeof(ProviderAddress)),
    JsonSerializable(typeof(ProviderCode)),
    JsonSerializable(typeof(ProviderSession))
]
[JsonSerializable(typeof(NewKey)), JsonSerializable(typeof(KeyPatch))]
[
    JsonSerializable(typeof(UserKey)),
    JsonSerializable(typeof(IReadOnlyList<UserKey>)),
    JsonSerializable(typeof(NewUserKey))
]
[
    JsonSerializable(typeof(CiTrust)),
    JsonSerializable(typeof(IReadOnlyList<CiTrust>)),
    JsonSerializable(typeof(NewCiTrust))
]
[
    JsonSerializable(typeof(SavedRun)),
    JsonSerializable(typeof(WebhookTrial)),
    JsonSerializable(typeof(WebhookTried)),
    JsonSerializable(typeof(ProjectWatch))
]
[JsonSerializable(typeof(CiIdentity)), JsonSerializable(typeof(CiCredential))]
[JsonSerializable(typeof(Token)), JsonSerializable(typeof(IReadOnlyList<Token>))]
[
    JsonSerializable(typeof(Organization)),
    JsonSerializable(typeof(IReadOnlyList<Organization>)),
    JsonSerializable(typeof(NewOrganization)),
    JsonSerializable(typeof(OrganizationPatch))
]
[JsonSerializable(typeof(AuditEntry)), JsonSerializable(typeof(IReadOnlyList<AuditEntry>))]
[JsonSerializable(typeof(IReadOnlyList<Sso>)), JsonSerializable(typeof(Sso)), JsonSerializable(typeof(NewSso))]
[
    JsonSerializable(typeof(Member)),
    JsonSerializable(typeof(IReadOnlyList<Member>)),
    JsonSerializable(typeof(NewMember)),
    JsonSerializable(typeof(MemberPatch)),
    JsonSerializable(typeof(IReadOnlyList<OpenInvitation>)),
    JsonSerializable(typeof(OpenInvitation)),
    JsonSerializable(typeof(Allowed))
]
[
    JsonSerializable(typeof(Project)),
    JsonSerializable(typeof(IReadOnlyList<Project>)),
    JsonSerializable(typeof(NewProject)),
    JsonSerializable(typeof(ProjectPatch))
]
[
    JsonSerializable(typeof(ProjectKey)),
    JsonSerializable(typeof(IReadOnlyList<ProjectKey>)),
    JsonSerializable(typeof(NewProjectKey))
]
[
    JsonSerializable(typeof(Branch)),
    JsonSerializable(typeof(IReadOnlyList<Branch>)),
    JsonSerializable(typeof(NewBranch)),
    JsonSerializable(typeof(BranchPatch))
]
[
    JsonSerializable(typeof(Testbed)),
    JsonSerializable(typeof(IReadOnlyList<Testbed>)),
    JsonSerializable(typeof(NewTestbed)),
    JsonSerializable(typeof(TestbedPatch))
]
[
    JsonSerializable(typeof(Spec)),
    JsonSerializable(typeof(IReadOnlyList<Spec>)),
    JsonSerializable(typeof(NewSpec)),
    JsonSerializable(typeof(SpecPatch))
]
[
    JsonSerializable(typeof(Job)),
    JsonSerializable(typeof(IReadOnlyList<Job>)),
    JsonSerializable(typeof(JobOutput)),
    JsonSerializable(typeof(NewJob)),
    JsonSerializable(typeof(JobConfig)),
    JsonSerializable(typeof(RunEnvironment)),
    JsonSerializable(typeof(RunnerFacts)),
    JsonSerializable(typeof(JobChange)),
    JsonSerializable(typeof(ChangeNews))
]
[
    JsonSerializable(typeof(Runner)),
    JsonSerializable(typeof(IReadOnlyList<Runner>)),
    JsonSerializable(typeof(NewRunner)),
    JsonSerializable(typeof(RunnerPatch)),
    JsonSerializable(typeof(RunnerKey)),
    JsonSerializable(typeof(NewRunnerSpec))
]
[
    JsonSerializable(typeof(ApiKey)),
    JsonSerializable(typeof(IReadOnlyList<ApiKey>)),
    JsonSerializable(typeof(NewApiKey)),
    JsonSerializable(typeof(CreatedApiKey))
]
[
    JsonSerializable(typeof(FleetRunner)),
    JsonSerializable(typeof(GoneRunners)),
    JsonSerializable(typeof(Fleet)),
    JsonSerializable(typeof(FleetRunners)),
    JsonSerializable(typeof(OneFleetRunner)),
    JsonSerializable(typeof(Pods)),
    JsonSerializable(typeof(OnePod)),
    JsonSerializable(typeof(FleetProblem))
]
[
    JsonSerializable(typeof(IReadOnlyDictionary<string, string>)),
    JsonSerializable(typeof(Maintenance)),
    JsonSerializable(typeof(int?))
]
[JsonSerializable(typeof(RunnerEvent)), JsonSerializable(typeof(ServerEvent))]
[
    JsonSerializable(typeof(Benchmark)),
    JsonSerializable(typeof(IReadOnlyList<Benchmark>)),
    JsonSerializable(typeof(NewBenchmark)),
    JsonSerializable(typeof(BenchmarkPatch))
]
[
    JsonSerializable(typeof(Measure)),
    JsonSerializable(typeof(IReadOnlyList<Measure>)),
    JsonSerializable(typeof(NewMeasure)),
    JsonSerializable(typeof(MeasurePatch))
]
[
    JsonSerializable(typeof(Threshold)),
    JsonSerializable(typeof(IReadOnlyList<Threshold>)),
    JsonSerializable(typeof(NewThreshold)),
    JsonSerializable(typeof(ThresholdPut))
]
[JsonSerializable(typeof(Alert)), JsonSerializable(typeof(IReadOnlyList<Alert>)), JsonSerializable(typeof(AlertPatch))]
[
    JsonSerializable(typeof(Change)),
    JsonSerializable(typeof(IReadOnlyList<Change>)),
    JsonSerializable(typeof(ChangePatch)),
    JsonSerializable(typeof(NewReruns)),
    JsonSerializable(typeof(NewPairs)),
    JsonSerializable(typeof(BacktestResult)),
    JsonSerializable(typeof(VerdictSettings)),
    JsonSerializable(typeof(VerdictSettingsPatch)),
    JsonSerializable(typeof(RetentionSettings)),
    JsonSerializable(typeof(RetentionSettingsPatch)),
    JsonSerializable(typeof(RetentionPreview)),
    JsonSerializable(typeof(RetentionArchive)),
    JsonSerializable(typeof(IReadOnlyList<RetentionArchive>)),
    JsonSerializable(typeof(ComparisonReport)),
    JsonSerializable(typeof(SideBySide)),
    JsonSerializable(typeof(ResultVerdict))
]
[
    JsonSerializable(typeof(Report)),
    JsonSerializable(typeof(IReadOnlyList<Report>)),
    JsonSerializable(typeof(NewReport)),
    JsonSerializable(typeof(NewRun))
]
[
    JsonSerializable(typeof(ReportResult)),
    JsonSerializable(typeof(ReportMeasure)),
    JsonSerializable(typeof(MetricThreshold)),
    JsonSerializable(typeof(MetricAlert))
]
[JsonSerializable(typeof(Perf)), JsonSerializable(typeof(OneMetric)), JsonSerializable(typeof(IReadOnlyList<Notice>))]
[
    JsonSerializable(typeof(IReadOnlyList<Paddock.Core.Adapters.Remark>)),
    JsonSerializable(typeof(Paddock.Core.Adapters.Measures)),
    JsonSerializable(typeof(Paddock.Core.Adapters.LinePattern))
]
[
    JsonSerializable(typeof(Plot)),
    JsonSerializable(typeof(IReadOnlyList<Plot>)),
    JsonSerializable(typeof(NewPlot)),
    JsonSerializable(typeof(PlotPatch))
]
[
    JsonSerializable(typeof(Usage)),
    JsonSerializable(typeof(ServerConfig)),
    JsonSerializable(typeof(ServerStats)),
    JsonSerializable(typeof(NewBackup)),
    JsonSerializable(typeof(BackupCreated))
]
[
    JsonSerializable(typeof(NewHistory)),
    JsonSerializable(typeof(HistoryRecorded)),
    JsonSerializable(typeof(PastRun)),
    JsonSerializable(typeof(BencherImported)),
    JsonSerializable(typeof(ExportedReport))
]
[
    JsonSerializable(typeof(Webhook)),
    JsonSerializable(typeof(IReadOnlyList<Webhook>)),
    JsonSerializable(typeof(NewWebhook)),
    JsonSerializable(typeof(CreatedWebhook)),
    JsonSerializable(typeof(WebhookMessage))
]
[
    JsonSerializable(typeof(ServerVersion)),
    JsonSerializable(typeof(Health)),
    JsonSerializable(typeof(ConsoleConfig)),
    JsonSerializable(typeof(Error)),
    JsonSerializable(typeof(JsonElement))
]
[
    JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject)),
    JsonSerializable(typeof(ResourceId?)),
    JsonSerializable(typeof(byte)),
    JsonSerializable(typeof(IReadOnlyList<Guid>)),
    JsonSerializable(typeof(string))
]
public sealed partial class Wire : JsonSerializerContext;

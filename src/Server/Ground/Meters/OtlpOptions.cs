using OpenTelemetry.Exporter;

namespace Paddock.Server.Ground.Meters;

/// <summary>
/// The collector for traces, metrics and logs, configured by the standard OpenTelemetry variables. The library reads
/// the other variables itself (resource attributes, sampler, intervals).
/// </summary>
/// <param name="IsGrpc">True for gRPC, false for HTTP. Not the exporter's own type, so that servers without a collector
/// do not load the exporter.</param>
/// <param name="Headers">Pairs of name=value separated by commas. Secret, because hosted collectors require a
/// key.</param>
internal sealed record OtlpOptions(Uri Endpoint, bool IsGrpc, string? Headers, string Service)
{
    private const string EndpointName = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ProtocolName = "OTEL_EXPORTER_OTLP_PROTOCOL";

    /// <returns>Null if no collector is configured.</returns>
    public static OtlpOptions? FromEnvironment(Func<string, string?> environment)
    {
        var endpoint = environment(EndpointName);
        var isGrpc = environment(ProtocolName) switch
        {
            null or "http/protobuf" => false,
            "grpc" => true,
            var text => throw new FormatException(
                $"{ProtocolName} is \"{text}\"; allowed: http/protobuf (the default), grpc"
            ),
        };
        var (headers, service) = (environment("OTEL_EXPORTER_OTLP_HEADERS"), environment("OTEL_SERVICE_NAME"));
        return endpoint is null ? null
            : Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? new(address, isGrpc, headers, service ?? "paddock-server")
            : throw new FormatException(
                $"{EndpointName} is \"{endpoint}\"; allowed: an absolute http or https address, like "
                    + "http://localhost:4318"
            );
    }

    /// <param name="signal">"traces", "metrics" or "logs": the last path segment when the protocol is HTTP.</param>
    public void Set(OtlpExporterOptions exporter, string signal)
    {
        exporter.Protocol = IsGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = IsGrpc ? Endpoint : new(Endpoint.ToString().TrimEnd('/') + "/v1/" + signal);
        exporter.Headers = Headers;
    }
}

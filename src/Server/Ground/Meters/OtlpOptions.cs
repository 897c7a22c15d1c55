using OpenTelemetry.Exporter;

namespace Paddock.Server.Ground.Meters;

/// <summary>
/// The collector that traces, metrics and logs are sent to, by the variables that every OpenTelemetry program knows.
/// What is not here (resource attributes, sampler, intervals) the library reads by itself.
/// </summary>
/// <param name="Headers">As name=value with commas between them. A secret: collectors of others want a key.</param>
internal sealed record OtlpOptions(Uri Endpoint, OtlpExportProtocol Protocol, string? Headers, string Service)
{
    private const string EndpointName = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ProtocolName = "OTEL_EXPORTER_OTLP_PROTOCOL";

    /// <returns>Null where no collector is named.</returns>
    public static OtlpOptions? FromEnvironment(Func<string, string?> environment)
    {
        var endpoint = environment(EndpointName);
        var protocol = environment(ProtocolName) switch
        {
            null or "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
            "grpc" => OtlpExportProtocol.Grpc,
            var text => throw new FormatException(
                $"{ProtocolName} is \"{text}\"; allowed: http/protobuf (the default), grpc"
            ),
        };
        var (headers, service) = (environment("OTEL_EXPORTER_OTLP_HEADERS"), environment("OTEL_SERVICE_NAME"));
        return endpoint is null ? null
            : Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? new(address, protocol, headers, service ?? "paddock-server")
            : throw new FormatException(
                $"{EndpointName} is \"{endpoint}\"; allowed: an absolute http or https address, like "
                    + "http://localhost:4318"
            );
    }

    /// <param name="signal">traces, metrics or logs: the end of the address, where it is HTTP.</param>
    public void Set(OtlpExporterOptions exporter, string signal)
    {
        exporter.Protocol = Protocol;
        exporter.Endpoint =
            Protocol == OtlpExportProtocol.Grpc ? Endpoint : new(Endpoint.ToString().TrimEnd('/') + "/v1/" + signal);
        exporter.Headers = Headers;
    }
}

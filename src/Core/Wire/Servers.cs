namespace Paddock.Core.Wire;

public sealed record ServerVersion(string Version);

public sealed record ConsoleConfig(string Url);

/// <summary>How v0 says that it refused something.</summary>
/// <param name="ErrorCode">Only for failures of the server; the same text stands in its log.</param>
public sealed record Error(Guid RequestId, string Message, string? ErrorCode = null);

namespace Paddock.Server.Tests.Ground.Database.Plans;

/// <summary>How one statement reads one table.</summary>
/// <param name="Index">The index, or another access path; null for a full table scan.</param>
/// <param name="IsThrough">True when no condition bounds the range that is read.</param>
/// <param name="IsLimited">True when the scan stops after a number of rows.</param>
internal sealed record Scan(string Table, string? Index, bool IsThrough, bool IsLimited);

/// <summary>A statement and how it reads its tables.</summary>
internal sealed record Plan(string Statement, IReadOnlyList<Scan> Scans);

namespace Paddock.Server.Tests.Ground.Database.Plans;

/// <summary>How one statement reads one table.</summary>
/// <param name="Index">The index, or how it is read instead; null for the table itself, end to end.</param>
/// <param name="IsThrough">Whether nothing says where in it the reading begins and ends.</param>
/// <param name="IsLimited">Whether it stops after so many rows.</param>
internal sealed record Scan(string Table, string? Index, bool IsThrough, bool IsLimited);

/// <summary>A statement and how it reads its tables.</summary>
internal sealed record Plan(string Statement, IReadOnlyList<Scan> Scans);

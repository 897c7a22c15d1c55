namespace Paddock.Server.Ground.Database;

/// <summary>The two databases that every query runs on.</summary>
public enum Engine
{
    Sqlite,
    Postgres,
}

namespace Experiments.Connections;

/// <summary>The engine behind a connection.</summary>
public enum DatabaseEngine
{
    /// <summary>The local engine: T-SQL on DuckDB, in this process, in one file.</summary>
    Local,

    /// <summary>SQL Server 2019 or later, or Azure SQL.</summary>
    SqlServer,
}

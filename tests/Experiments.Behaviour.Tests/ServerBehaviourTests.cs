using Experiments.Connections;
using Microsoft.Data.SqlClient;

namespace Experiments.Behaviour.Tests;

/// <summary>
/// A scratch database on the server that EXPERIMENTS_TEST_SQLSERVER names, in the project's collation; it lives as
/// long as the test run.
/// </summary>
public sealed class ScratchDatabase : IDisposable
{
    internal const string Variable = "EXPERIMENTS_TEST_SQLSERVER";

    /// <summary>Drops whatever a case left behind: objects by kind, then schemas.</summary>
    private const string Clear = """
        DECLARE @sql nvarchar(max) = N'';
        SELECT @sql = @sql + N'ALTER TABLE ' + QUOTENAME(SCHEMA_NAME(f.schema_id)) + N'.' + QUOTENAME(OBJECT_NAME(f.parent_object_id))
            + N' DROP CONSTRAINT ' + QUOTENAME(f.name) + N';' FROM sys.foreign_keys AS f;
        SELECT @sql = @sql + N'DROP ' + CASE o.type WHEN 'U' THEN N'TABLE ' WHEN 'V' THEN N'VIEW ' WHEN 'P' THEN N'PROCEDURE ' ELSE N'FUNCTION ' END
            + QUOTENAME(SCHEMA_NAME(o.schema_id)) + N'.' + QUOTENAME(o.name) + N';'
        FROM sys.objects AS o WHERE o.type IN ('U', 'V', 'P', 'IF') AND o.is_ms_shipped = 0
        ORDER BY CASE o.type WHEN 'P' THEN 0 WHEN 'V' THEN 1 WHEN 'IF' THEN 2 ELSE 3 END;
        SELECT @sql = @sql + N'DROP SCHEMA ' + QUOTENAME(s.name) + N';'
        FROM sys.schemas AS s WHERE s.schema_id BETWEEN 5 AND 16383;
        SELECT @sql = @sql + N'DROP ROLE ' + QUOTENAME(r.name) + N';'
        FROM sys.database_principals AS r WHERE r.type = 'R' AND r.is_fixed_role = 0 AND r.name <> N'public';
        EXEC sys.sp_executesql @sql;
        """;

    private readonly string? _server = Environment.GetEnvironmentVariable(Variable);
    private readonly string _name = $"experiments_behaviour_{Guid.NewGuid():N}";
    private bool _created;

    /// <summary>A connection of its own to an empty database.</summary>
    internal SqlConnection Open()
    {
        if (!_created)
        {
            Master($"CREATE DATABASE {_name} COLLATE Latin1_General_100_BIN2_UTF8;");
            Master($"ALTER DATABASE {_name} SET COMPATIBILITY_LEVEL = 150;");
            _created = true;
        }

        var builder = new SqlConnectionStringBuilder(_server) { InitialCatalog = _name, Pooling = false };
        var target = ConnectionTargets.Resolve(null, "Engine=sqlserver;" + builder.ConnectionString);
        var connection = new SqlConnection(target.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = Clear;
        command.ExecuteNonQuery();
        return connection;
    }

    public void Dispose()
    {
        if (_created)
        {
            Master($"DROP DATABASE {_name};");
        }
    }

    private void Master(string sql)
    {
        using var connection = new SqlConnection(_server);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

/// <summary>The same cases on a server; what only the local engine refuses is left out.</summary>
public sealed class ServerBehaviourTests(ScratchDatabase database) : BehaviourTests, IClassFixture<ScratchDatabase>
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases() =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable(ScratchDatabase.Variable))
            ? [new TheoryDataRow<string, string>("", "") { Skip = ScratchDatabase.Variable + " is not set." }]
            : CaseFile.ReadFolder(Folder).Where(static c => !c.IsLocalOnly).Select(Named);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_server_does_what_the_case_says(string file, string name)
    {
        var item = Find(file, name);
        using var connection = database.Open();
        var differences = Differences(item, new BehaviourSession(connection).Run(item));
        Assert.True(differences.Length == 0, Failure(item, differences));
    }
}

using System.Diagnostics;

namespace Experiments.LocalSql.Tests;

public sealed class FileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("localsql").FullName;

    private string File => Path.Combine(_folder, "test.duckdb");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Objects_and_rows_outlive_the_connection()
    {
        using (var first = Open())
        {
            Run(first, "EXEC('CREATE SCHEMA s')");
            Run(first, "CREATE TABLE s.t (id int NOT NULL, name varchar(10) NULL)");
            Run(first, "CREATE OR ALTER VIEW s.v AS SELECT t.id, t.name FROM s.t AS t");
            Run(first, "CREATE OR ALTER PROCEDURE s.p AS INSERT INTO s.t (id, name) VALUES (1, 'a');");
            Run(first, "EXEC s.p");
        }

        using var second = Open();
        Run(second, "EXEC s.p");
        Assert.Equal(2L, Scalar(second, "SELECT COUNT_BIG(*) FROM s.v"));
        Assert.Contains("CREATE OR ALTER VIEW", (string)Scalar(second, "SELECT OBJECT_DEFINITION(OBJECT_ID('s.v'))")!, StringComparison.Ordinal);
    }

    [Fact]
    public void Connections_of_one_process_share_the_file_and_see_each_others_objects()
    {
        using var first = Open();
        using var second = Open();
        Run(first, "CREATE TABLE dbo.t (id int NULL)");
        Run(second, "INSERT INTO dbo.t (id) VALUES (5)");
        Assert.Equal(5, Scalar(first, "SELECT MAX(id) FROM dbo.t"));
    }

    [Fact]
    public void An_uncommitted_change_is_not_seen_by_others()
    {
        using var first = Open();
        using var second = Open();
        Run(first, "CREATE TABLE dbo.t (id int NULL)");
        Run(first, "BEGIN TRANSACTION; INSERT INTO dbo.t (id) VALUES (1);");
        Assert.Equal(0, Scalar(second, "SELECT COUNT(*) FROM dbo.t"));
        Run(first, "COMMIT TRANSACTION");
        Assert.Equal(1, Scalar(second, "SELECT COUNT(*) FROM dbo.t"));
    }

    [Fact]
    public void A_file_that_is_no_database_is_named()
    {
        System.IO.File.WriteAllText(File, new string('x', 20000));
        var error = Assert.Throws<LocalSqlException>(Open);
        Assert.Equal(4060, error.Number);
        Assert.Contains("is no database of the local engine", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_missing_is_an_error()
    {
        using var connection = new LocalSqlConnection("Data Source=" + Path.Combine(_folder, "none", "x.duckdb"));
        Assert.Equal(4060, Assert.Throws<LocalSqlException>(connection.Open).Number);
    }

    private LocalSqlConnection Open()
    {
        var connection = new LocalSqlConnection("Data Source=" + File);
        connection.Open();
        return connection;
    }

    private static void Run(LocalSqlConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(LocalSqlConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}

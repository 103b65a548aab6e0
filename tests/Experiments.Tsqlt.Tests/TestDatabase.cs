using Experiments.LocalSql;

namespace Experiments.Tsqlt.Tests;

/// <summary>A database in memory, and what it printed.</summary>
internal sealed class TestDatabase : IDisposable
{
    internal TestDatabase(string options = "Constraints=on")
    {
        Connection = new LocalSqlConnection("Data Source=:memory:;" + options);
        Connection.Open();
        Connection.InfoMessage += (_, message) => Messages.Add(message);
    }

    internal LocalSqlConnection Connection { get; }

    internal List<string> Messages { get; } = [];

    internal void Run(params IEnumerable<string> batches)
    {
        foreach (var batch in batches)
        {
            using var command = Connection.CreateCommand();
            command.CommandText = batch;
            command.ExecuteNonQuery();
        }
    }

    internal LocalSqlException Error(string sql) => Assert.Throws<LocalSqlException>(() => Run(sql));

    internal object? Scalar(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>Makes a class <c>t</c> with one test of this body, and runs it.</summary>
    internal (string Result, string Message) Test(string body)
    {
        Run("EXEC tSQLt.NewTestClass 't';", $"CREATE PROCEDURE t.[test it] AS\n{body}");
        return RunTest("t.[test it]");
    }

    /// <summary>Runs one test; the result and the message that tSQLt.TestResult has then.</summary>
    internal (string Result, string Message) RunTest(string name)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = $"EXEC tSQLt.Run '{name.Replace("'", "''", StringComparison.Ordinal)}';";
        LocalSqlException? error = null;
        try
        {
            command.ExecuteNonQuery();
        }
        catch (LocalSqlException e)
        {
            error = e;
        }

        command.CommandText = "SELECT r.Result, r.Msg FROM tSQLt.TestResult AS r;";
        using var reader = command.ExecuteReader();
        Assert.True(reader.Read(), $"There is no test {name}.");
        var (result, message) = (reader.GetString(0), reader.GetString(1));
        Assert.False(reader.Read());
        if ((error is null) != (result == "Success"))
        {
            Assert.Fail($"{result} {message}, but tSQLt.Run ended with: {error?.Message ?? "no error"}");
        }

        return (result, message);
    }

    public void Dispose() => Connection.Dispose();
}

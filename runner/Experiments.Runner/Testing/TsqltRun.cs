using System.Data.Common;
using Experiments.Migrations;
using Experiments.Runner.Data;

namespace Experiments.Runner.Testing;

/// <summary>Deploys test classes to a database that has tSQLt, and runs them.</summary>
internal static class TsqltRun
{
    /// <summary>Runs the batches of the test files; a class of the same name is replaced.</summary>
    public static async Task DeployAsync(
        DbConnection connection, IEnumerable<TestScript> scripts, CancellationToken cancellationToken)
    {
        foreach (TestScript script in scripts)
        {
            foreach (ScriptBatch batch in script.Batches)
            {
                using DbCommand command = Db.Command(connection, batch.Text);
                try
                {
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (DbException exception)
                {
                    throw new RunnerException(
                        ExitCode.Failed, $"{script.Name}, the batch at line {batch.StartLine}: {exception.Message}");
                }
            }
        }
    }

    /// <summary>Runs some classes, or with none named all of the database; gives every test's outcome.</summary>
    public static async Task<List<TestOutcome>> RunAsync(
        DbConnection connection, IReadOnlyList<string> classes, CancellationToken cancellationToken)
    {
        if (classes.Count == 0)
        {
            return await RunOneAsync(connection, "EXEC tSQLt.RunAll;", cancellationToken).ConfigureAwait(false);
        }

        List<TestOutcome> outcomes = [];
        foreach (string name in classes)
        {
            string quoted = name.Replace("'", "''", StringComparison.Ordinal);
            outcomes.AddRange(
                await RunOneAsync(connection, $"EXEC tSQLt.Run '{quoted}';", cancellationToken).ConfigureAwait(false));
        }

        return outcomes;
    }

    private static async Task<List<TestOutcome>> RunOneAsync(
        DbConnection connection, string text, CancellationToken cancellationToken)
    {
        DbException? failure = null;
        using (DbCommand command = Db.Command(connection, text))
        {
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (DbException exception)
            {
                // tSQLt raises its summary where a test failed; the results say which.
                failure = exception;
            }
        }

        using DbCommand query = Db.Command(
            connection,
            """
            SELECT r.Class, r.TestCase, r.Result, r.Msg, r.TestStartTime, r.TestEndTime
            FROM tSQLt.TestResult AS r
            ORDER BY r.Class, r.TestCase;
            """);
        List<TestOutcome> outcomes = await Db.QueryAsync(
            query,
            reader =>
            {
                DateTime start = reader.GetDateTime(4);
                return new TestOutcome(
                    reader.GetString(0), reader.GetString(1), reader.Text(2) ?? string.Empty,
                    reader.Text(3) ?? string.Empty, start, (reader.Time(5) ?? start) - start);
            },
            cancellationToken).ConfigureAwait(false);
        return failure is null || outcomes.Exists(outcome => outcome.IsBad)
            ? outcomes
            : throw new RunnerException(ExitCode.Failed, failure.Message);
    }
}

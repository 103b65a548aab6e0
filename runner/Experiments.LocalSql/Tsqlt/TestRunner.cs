using System.Globalization;
using Experiments.LocalSql.Batch;
using Experiments.LocalSql.Binding;

namespace Experiments.LocalSql.Tsqlt;

/// <summary>
/// Runs tests, each in a transaction that is rolled back, keeps the results in <c>tSQLt.TestResult</c> and prints them.
/// </summary>
internal static class TestRunner
{
    internal const string FailureMark = "tSQLt.Failure";

    /// <summary>What the engine calls when a test has come to its end.</summary>
    internal const string Finish = "Private_Finish";

    /// <summary>What the engine calls when a test has raised an error.</summary>
    internal const string Catch = "Private_Catch";

    private const string SetUp = "setup";
    private const string TestPrefix = "test";

    internal static BatchParameter Text(string name, string? value) =>
        new(name, SqlType.NVarChar(SqlType.Max), value, false);

    internal static void Run(TsqltCall call)
    {
        var name = call.Text("@TestName");
        name = string.IsNullOrWhiteSpace(name) ? call.State.LastRun : name;
        call.State.LastRun = name;
        Run(call, Resolve(call, name));
    }

    internal static void RunAll(TsqltCall call) =>
        Run(call, [.. TestClasses.Names(call).SelectMany(name => Tests(call, name))]);

    internal static void Finished(TsqltCall call)
    {
        if (call.State.Test is { Expectation: { IsException: true, FailMessage: var message } })
        {
            throw call.Failure((message is null ? "" : message + " ") + "Expected an error to be raised.");
        }
    }

    internal static void Caught(TsqltCall call)
    {
        var test = call.State.Test!;
        var error = call.Batch.CaughtError!;
        if (error.Message.Contains(FailureMark, StringComparison.Ordinal))
        {
            test.Result = TestResults.Failure;
            test.Message = test.FailMessage ?? "";
        }
        else if (test.Expectation is { IsException: true } expectation)
        {
            Judge(test, expectation, error);
        }
        else if (test.Expectation is { FailMessage: var message })
        {
            test.Result = TestResults.Failure;
            test.Message = (message is null ? "" : message + " ")
                + "Expected no error to be raised. Instead this error was encountered:" + TableText.NewLine + Described(error);
        }
        else
        {
            test.Result = TestResults.Error;
            test.Message = Described(error);
        }
    }

    /// <summary>A class of tests or one test; nothing where the name is neither.</summary>
    private static List<CatalogObject> Resolve(TsqltCall call, string? text)
    {
        var name = ObjectName.Parse(text);
        if (name is { Schema: null } && call.Session.Catalog.HasSchema(name.Name))
        {
            return [.. Tests(call, name.Name)];
        }

        return name is { Schema: not null } && call.Session.Catalog.Find(name.Schema, name.Name) is { } item && IsTest(item)
            ? [item]
            : [];
    }

    /// <summary>The tests of a class by name; tSQLt itself takes them in any order.</summary>
    private static IEnumerable<CatalogObject> Tests(TsqltCall call, string schema) =>
        TestClasses.In(call, schema).Where(IsTest);

    private static bool IsTest(CatalogObject item) =>
        item.Kind == ObjectKind.Procedure && item.Name.StartsWith(TestPrefix, StringComparison.OrdinalIgnoreCase);

    private static void Run(TsqltCall call, List<CatalogObject> tests)
    {
        if (call.State.Test is not null)
        {
            throw call.Error("The local engine runs no tests inside a test.");
        }

        if (call.Session.TransactionCount > 0)
        {
            throw call.Error(
                "The local engine runs tests outside a transaction only: it has no savepoints to roll a test back to.");
        }

        TestClasses.Install(call);
        call.Batch.Execute("DELETE FROM tSQLt.TestResult;");
        for (var i = 0; i < tests.Count; i++)
        {
            RunTest(call, tests[i], i + 1);
        }

        PrintSummary(call);
    }

    private static void RunTest(TsqltCall call, CatalogObject test, int id)
    {
        var name = ObjectName.Quote(test);
        var setUp = TestClasses.In(call, test.Schema).FirstOrDefault(static o =>
            o.Kind == ObjectKind.Procedure && string.Equals(o.Name, SetUp, StringComparison.OrdinalIgnoreCase));
        var number = new BatchParameter("id", SqlType.Int, id, false);
        var transaction = "tSQLtTran" + Guid.NewGuid().ToString("N").ToUpperInvariant()[..23];
        call.Batch.Execute(
            """
            INSERT INTO tSQLt.TestResult (Id, Class, TestCase, Name, TranName, Result, Msg, TestStartTime)
            VALUES (@id, @class, @test, @name, @transaction, @result, NULL, SYSUTCDATETIME());
            """,
            number, Text("class", test.Schema), Text("test", test.Name), Text("name", name),
            Text("transaction", transaction), Text("result", TestResults.Unfinished));

        var outcome = RunInTransaction(call, name, setUp is null ? null : ObjectName.Quote(setUp), transaction);
        call.Batch.Execute(
            "UPDATE tSQLt.TestResult SET Result = @result, Msg = @message, TestEndTime = SYSUTCDATETIME() WHERE Id = @id;",
            number, Text("result", outcome.Result), Text("message", outcome.Message));
        if (outcome.Result != TestResults.Success)
        {
            Print(call, $"{name} failed: ({outcome.Result}) {outcome.Message}");
        }
    }

    /// <summary>One transaction holds SetUp and the test, and is always rolled back.</summary>
    private static TestInProgress RunInTransaction(TsqltCall call, string name, string? setUp, string transaction)
    {
        var session = call.Session;
        var test = new TestInProgress();
        var (xactAbort, noCount) = (session.XactAbort, session.NoCount);
        session.XactAbort = false;
        session.BeginTransaction();
        call.State.Test = test;
        try
        {
            call.Batch.Execute(
                $"""
                BEGIN TRY
                    {(setUp is null ? "" : $"EXEC {setUp};")}
                    EXEC {name};
                    EXEC tSQLt.{Finish};
                END TRY
                BEGIN CATCH
                    EXEC tSQLt.{Catch};
                END CATCH;
                """);
        }
        catch (LocalSqlException error)
        {
            test.Result = TestResults.Error;
            test.Message = error.Message;
        }
        finally
        {
            call.State.Test = null;
            EndTransaction(session, test, transaction);
            session.XactAbort = xactAbort;
            session.NoCount = noCount;
            call.State.Originals.Clear();
        }

        return test;
    }

    /// <summary>
    /// Rolls back, and tells where tSQLt could not have: a test that ended its transaction is an error, and so is one
    /// that failed in a transaction that had become uncommittable.
    /// </summary>
    private static void EndTransaction(Session session, TestInProgress test, string transaction)
    {
        LocalSqlException? problem = session switch
        {
            { TransactionCount: 0 } => new(
                3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.", 0, 0, null),
            { TransactionCount: > 1 } => new(
                266, MismatchOf(1, session.TransactionCount), 0, 0, null),
            { IsDoomed: true } when test.Result != TestResults.Success => new(
                3931, "The current transaction cannot be committed and cannot be rolled back to a savepoint. Roll back the entire transaction.", 0, 0, null),
            _ => null,
        };
        session.Rollback();
        if (problem is null || (test.Result == TestResults.Error && problem.Number == 266))
        {
            return;
        }

        test.Result = TestResults.Error;
        test.Message += problem.Number == 266
            ? Described(problem)
            : $" (There was also a ROLLBACK ERROR --> {Described(problem)})";
    }

    /// <summary>Error 266, which EXEC raises where @@TRANCOUNT is another one than before.</summary>
    internal static string MismatchOf(int before, int after) => string.Create(CultureInfo.InvariantCulture,
        $"Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements. Previous count = {before}, current count = {after}.");

    private static void Judge(TestInProgress test, Expectation expected, LocalSqlException error)
    {
        var differences = new List<string>();
        if (expected.Message is { } message && !Variant.SameText(error.Message, message))
        {
            Add($"Expected Message: <{message}>", $"Actual Message  : <{error.Message}>");
        }

        if (expected.Pattern is { } pattern && !LikePattern.Matches(error.Message, pattern))
        {
            Add($"Expected Message to be like <{pattern}>", $"Actual Message            : <{error.Message}>");
        }

        Compare("Error Number", expected.Number, error.Number);
        Compare("Severity", expected.Severity, error.Class);
        Compare("State", expected.State, error.State);
        if (differences.Count > 0)
        {
            test.Result = TestResults.Failure;
            test.Message = string.Join(
                TableText.NewLine,
                differences.Prepend((expected.FailMessage is { } text ? text + " " : "") + "Exception did not match expectation!"));
        }

        void Compare(string what, int? wanted, int found)
        {
            if (wanted is { } number && number != found)
            {
                Add(
                    string.Create(CultureInfo.InvariantCulture, $"Expected {what}: {number}"),
                    string.Create(CultureInfo.InvariantCulture, $"Actual {what}  : {found}"));
            }
        }

        void Add(string wanted, string found)
        {
            differences.Add(wanted);
            differences.Add(found);
        }
    }

    private static string Described(LocalSqlException error) => string.Create(CultureInfo.InvariantCulture,
        $"Message: {error.Message} | Procedure: {error.Procedure ?? "<NULL>"} ({error.LineNumber}) | Severity, State: {error.Class}, {error.State} | Number: {error.Number}");

    private static void PrintSummary(TsqltCall call)
    {
        var rows = call.Batch.Query("SELECT r.Name, r.Result, r.TestStartTime, r.TestEndTime FROM tSQLt.TestResult AS r").Rows
            .Select(static r => (
                Name: (string)r[0]!, Result: (string)r[1]!, Duration: (DateTime)r[3]! - (DateTime)r[2]!))
            .OrderByDescending(static r => r.Result, StringComparer.Ordinal)
            .ThenBy(static r => r.Name, StringComparer.Ordinal).ToList();
        var failed = rows.Count(static r => r.Result == TestResults.Failure);
        var wrong = rows.Count(static r => r.Result == TestResults.Error);
        var summary = string.Create(CultureInfo.InvariantCulture,
            $"Test Case Summary: {rows.Count} test case(s) executed, {rows.Count - failed - wrong} succeeded, 0 skipped, {failed} failed, {wrong} errored.");
        var dashes = new string('-', summary.Length);
        Print(call, "");
        Print(call, "+----------------------+");
        Print(call, "|Test Execution Summary|");
        Print(call, "+----------------------+");
        Print(call, "");
        Print(call, TableText.Of(
            ["No", "Test Case Name", "Dur(ms)", "Result"],
            [.. rows.Select(static (r, i) => new[]
            {
                (i + 1).ToString(CultureInfo.InvariantCulture),
                r.Name,
                ((long)r.Duration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture).PadLeft(7),
                r.Result,
            })]));
        Print(call, dashes);
        if (failed + wrong == 0)
        {
            Print(call, summary);
        }

        Print(call, dashes);
        if (failed + wrong > 0)
        {
            call.Batch.RaiseAtEnd(call.Error(summary, "Private_Print"));
        }
    }

    private static void Print(TsqltCall call, string message)
    {
        foreach (var line in message.Split(TableText.NewLine))
        {
            call.Session.Print(line);
        }
    }
}

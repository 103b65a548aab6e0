using System.Collections.Frozen;
using System.Globalization;
using Experiments.LocalSql.Batch;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Tsqlt;

/// <summary>
/// The procedures of the tSQLt framework (tsqlt.org) that the engine carries under the same names, parameters and
/// messages, so that a test class runs here and under the real tSQLt on a server.
/// </summary>
internal static class TsqltProcedures
{
    /// <summary>The schema whose procedures are these.</summary>
    internal const string Schema = "tSQLt";

    private const string Default = "";

    private static readonly TsqltParameter[] ExceptionParameters =
    [
        new("@ExpectedMessage", null), new("@ExpectedSeverity", null), new("@ExpectedState", null),
        new("@Message", null), new("@ExpectedMessagePattern", null), new("@ExpectedErrorNumber", null),
    ];

    private static readonly TsqltParameter[] FailParameters =
        [.. Enumerable.Range(0, 10).Select(static i =>
            new TsqltParameter("@Message" + i.ToString(CultureInfo.InvariantCulture), Default))];

    /// <summary>Each procedure: its parameters in order, and what runs it.</summary>
    private static readonly FrozenDictionary<string, (TsqltParameter[] Parameters, Action<TsqltCall> Run)> Procedures =
        new Dictionary<string, (TsqltParameter[] Parameters, Action<TsqltCall> Run)>(StringComparer.Ordinal)
        {
            ["NewTestClass"] = ([new("@ClassName")], TestClasses.New),
            ["DropClass"] = ([new("@ClassName")], TestClasses.Drop),
            ["Run"] = ([new("@TestName", null), new("@TestResultFormatter", null)], TestRunner.Run),
            ["RunTestClass"] = ([new("@TestName")], TestRunner.Run),
            ["RunAll"] = ([], TestRunner.RunAll),
            ["Fail"] = (FailParameters, Assertions.Fail),
            ["AssertEquals"] = ([new("@Expected"), new("@Actual"), new("@Message", Default)], Assertions.Equal),
            ["AssertNotEquals"] = ([new("@Expected"), new("@Actual"), new("@Message", Default)], Assertions.NotEqual),
            ["AssertEqualsString"] =
                ([new("@Expected"), new("@Actual"), new("@Message", Default)], Assertions.EqualStrings),
            ["AssertLike"] = ([new("@ExpectedPattern"), new("@Actual"), new("@Message", Default)], Assertions.Like),
            ["AssertObjectExists"] = ([new("@ObjectName"), new("@Message", Default)], Assertions.ObjectExists),
            ["AssertEmptyTable"] = ([new("@TableName"), new("@Message", Default)], TableAssertions.Empty),
            ["AssertEqualsTable"] =
            (
                [
                    new("@Expected"), new("@Actual"), new("@Message", null),
                    new("@FailMsg", "Unexpected/missing resultset rows!"),
                ],
                TableAssertions.Equal
            ),
            ["ExpectException"] = (ExceptionParameters, Assertions.ExpectException),
            ["ExpectNoException"] = ([new("@Message", null)], Assertions.ExpectNoException),
            ["FakeTable"] =
            (
                [
                    new("@TableName"), new("@SchemaName", null), new("@Identity", null),
                    new("@ComputedColumns", null), new("@Defaults", null),
                ],
                TestDoubles.FakeTable
            ),
            ["ApplyConstraint"] =
            (
                [new("@TableName"), new("@ConstraintName"), new("@SchemaName", null), new("@NoCascade", Default)],
                TestDoubles.ApplyConstraint
            ),
            ["SpyProcedure"] =
                ([new("@ProcedureName"), new("@CommandToExecute", null), new("@CallOriginal", Default)], TestDoubles.SpyProcedure),
            [TestRunner.Finish] = ([], TestRunner.Finished),
            [TestRunner.Catch] = ([], TestRunner.Caught),
        }.ToFrozenDictionary();

    /// <summary>The names a script may call.</summary>
    internal static IEnumerable<string> Names =>
        Procedures.Keys.Where(static n => !n.StartsWith("Private_", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <summary>Runs EXEC tSQLt.name; a procedure that the engine does not carry is refused by name.</summary>
    internal static void Call(
        BatchRun batch, string name, ExecutableProcedureReference call, string? returnVariable, TSqlStatement at)
    {
        if (!Procedures.TryGetValue(name, out var procedure))
        {
            throw Refuse.At(at, 2812,
                $"Could not find stored procedure 'tSQLt.{name}': the local engine carries {string.Join(", ", Names)}.");
        }

        procedure.Run(new TsqltCall(batch, name, procedure.Parameters, call.Parameters, at));
        batch.Return(returnVariable);
    }
}

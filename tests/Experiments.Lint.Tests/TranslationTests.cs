using System.Collections.Frozen;
using System.Text;
using Experiments.LocalSql;
using Experiments.LocalSql.Batch;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests;

/// <summary>
/// No ScriptDom node of the scripts lacks an entry in the local engine: deployment translates migrations, views and
/// functions, and every statement of every procedure is translated here.
/// </summary>
/// <param name="deployed">The scripts, deployed on the local engine.</param>
public sealed class TranslationTests(DeployedCatalog deployed) : IClassFixture<DeployedCatalog>
{
    public static TheoryData<string> Procedures() =>
        [.. Scripts().Where(static p => Script.Load(p, TableTypes.None).All<ProcedureStatementBody>().Any())];

    [Theory]
    [MemberData(nameof(Procedures))]
    public void Every_statement_of_a_procedure_translates(string path)
    {
        foreach (var procedure in Script.Load(path, TableTypes.None).All<ProcedureStatementBody>())
        {
            new BodyTranslation(deployed.Session).Run(procedure);
        }
    }

    [Fact]
    public void Every_node_type_of_the_scripts_is_translated_or_is_control_flow_that_the_engine_interprets()
    {
        var used = new Dictionary<Type, string>();
        var covered = new HashSet<Type>();
        foreach (var path in Scripts())
        {
            var script = Script.Load(path, TableTypes.None);
            if (script.IsServerOnly)
            {
                continue;
            }

            foreach (var node in script.All<TSqlFragment>())
            {
                used.TryAdd(node.GetType(), FormattableString.Invariant($"{path}:{node.StartLine}:{node.StartColumn}"));
            }

            covered.UnionWith(Whole(script).SelectMany(script.Below<TSqlFragment>).Select(static n => n.GetType()));
            foreach (var procedure in script.All<ProcedureStatementBody>())
            {
                var body = new BodyTranslation(deployed.Session);
                body.Run(procedure);
                covered.UnionWith(body.Translated.SelectMany(script.Below<TSqlFragment>).Select(static n => n.GetType()));
            }
        }

        var missing = used.Where(u => !covered.Contains(u.Key) && !IsStructure(u.Key)).Select(static u => $"{u.Key.Name} at {u.Value}");
        Assert.Equal([], missing);
        Assert.True(covered.Count > 50, $"Only {covered.Count} node types were translated.");
    }

    /// <summary>Constructs that parse and that the engine has no entry for, over a #t that exists only when it runs.</summary>
    public static TheoryData<string, string> Refused() => new()
    {
        { nameof(MergeStatement), "MERGE INTO #t AS t USING #t AS s ON s.load_id = t.load_id WHEN MATCHED THEN DELETE;" },
        { nameof(WaitForStatement), "WAITFOR DELAY '00:00:01';" },
        { nameof(PivotedTableReference), "SELECT p.a FROM #t PIVOT (MAX(line_count) FOR status IN (a)) AS p;" },
        { nameof(AtTimeZoneCall), "SELECT t.started_at AT TIME ZONE 'UTC' AS utc FROM #t AS t;" },
        { nameof(TableSampleClause), "SELECT t.load_id FROM #t AS t TABLESAMPLE (10 PERCENT);" },
        { nameof(XmlForClause), "SELECT t.load_id FROM #t AS t FOR XML PATH;" },
        { nameof(OpenJsonTableReference), "SELECT j.[value] FROM #t AS t CROSS APPLY OPENJSON(t.source) AS j;" },
        { nameof(ParseCall), "SELECT PARSE(t.source AS int USING 'en-US') AS n FROM #t AS t;" },
        { nameof(NextValueForExpression), "SELECT NEXT VALUE FOR ops.numbers AS n FROM #t AS t;" },
        { nameof(FullTextPredicate), "SELECT t.load_id FROM #t AS t WHERE CONTAINS(t.source, 'x');" },
        { nameof(SaveTransactionStatement), "SAVE TRANSACTION before_it;" },
        { nameof(DeclareCursorStatement), "DECLARE c CURSOR FOR SELECT t.load_id FROM #t AS t;" },
        { nameof(GoToStatement), "GOTO finish; finish: PRINT 'x';" },
        { nameof(TemporalClause), "SELECT t.load_id FROM ops.load_log FOR SYSTEM_TIME ALL AS t;" },
        { nameof(TopRowFilter), "SELECT TOP (5) PERCENT t.load_id FROM #t AS t ORDER BY t.load_id;" },
        { nameof(InsertSpecification), "INSERT TOP (1) INTO #t (load_id) SELECT t.load_id FROM #t AS t;" },
        { nameof(UpdateSpecification), "UPDATE TOP (1) #t SET load_id = 1;" },
        { nameof(DeleteSpecification), "DELETE TOP (1) FROM #t;" },
        { nameof(IndexTableHint), "SELECT t.load_id FROM ops.load_log AS t WITH (INDEX (1));" },
        { nameof(TableHint), "SELECT t.load_id FROM ops.load_log AS t WITH (NOLOCK);" },
        { nameof(OptimizerHint), "SELECT t.load_id FROM #t AS t OPTION (FORCE ORDER);" },
        { nameof(QualifiedJoin), "SELECT t.load_id FROM #t AS t INNER HASH JOIN #t AS u ON u.load_id = t.load_id;" },
        { nameof(BeginTransactionStatement), "BEGIN TRANSACTION named_one;" },
        { nameof(BeginTransactionStatement), "BEGIN DISTRIBUTED TRANSACTION;" },
        { nameof(BeginTransactionStatement), "BEGIN TRANSACTION m WITH MARK 'x';" },
        { nameof(ExecuteInsertSource), "INSERT INTO #t (load_id) EXEC staging.load_all;" },
        { nameof(ResultSetsExecuteOption), "EXEC staging.load_all WITH RESULT SETS NONE;" },
        { nameof(OdbcFunctionCall), "SELECT {fn NOW()} AS n FROM #t AS t;" },
        { nameof(CursorId), "DELETE FROM #t WHERE CURRENT OF c;" },
        { nameof(XmlNamespaces), "WITH XMLNAMESPACES ('u' AS p) SELECT t.load_id FROM #t AS t;" },
        { nameof(GlobalFunctionTableReference), "SELECT s.value FROM STRING_SPLIT('a,b', ',', 1) AS s;" },
        { nameof(CursorDefinition), "DECLARE @c CURSOR; SET @c = CURSOR FOR SELECT t.load_id FROM #t AS t;" },
        { nameof(TryConvertCall), "SELECT TRY_CONVERT(varchar(10), t.started_at, 7) AS n FROM #t AS t;" },
        { nameof(FunctionCall), "SELECT t.source.value('a', 'int') AS n FROM #t AS t;" },
        { nameof(LikePredicate), "SELECT t.load_id FROM #t AS t WHERE t.source LIKE '[a-z]%';" },
        { nameof(BeginEndAtomicBlockStatement), "BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = 'english') PRINT 'x'; END;" },
        { nameof(ColumnReferenceExpression), "SELECT t.load_id FROM #t AS t WHERE t.source COLLATE Latin1_General_CI_AS = 'a';" },
        { nameof(SetRowCountStatement), "SET ROWCOUNT 1;" },
        { nameof(SetIdentityInsertStatement), "SET IDENTITY_INSERT ops.load_log ON;" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_planted_construct_without_an_entry_fails_with_its_line(string node, string statement)
    {
        var planted = Planted(statement);
        Assert.Contains(node, planted.All<TSqlFragment>().Select(static n => n.GetType().Name));
        var error = Assert.Throws<LocalSqlException>(() => Translate(planted));
        Assert.Equal(40510, error.Number);
        Assert.Equal(6, error.LineNumber);
    }

    [Fact]
    public void The_planted_procedure_without_such_a_construct_translates() =>
        Translate(Planted("SELECT t.load_id FROM #t AS t WHERE t.line_count > 0;"));

    private void Translate(Script script) =>
        new BodyTranslation(deployed.Session).Run(script.All<ProcedureStatementBody>().Single());

    /// <summary>A procedure with a statement on line 6, in a branch that is never taken.</summary>
    private static Script Planted(string statement) => Script.Parse("database/ops/planted.sql", Encoding.UTF8.GetBytes($"""
        CREATE OR ALTER PROCEDURE ops.planted
        AS
        SELECT l.load_id, l.line_count, l.source, l.status, l.started_at INTO #t FROM ops.load_log AS l;
        IF 1 = 0
        BEGIN
            {statement}
        END;
        """), TableTypes.None);

    /// <summary>The product's scripts and, where there are any, the T-SQL tests.</summary>
    private static IEnumerable<string> Scripts() => Repository.Scripts().Concat(Repository.Files("tests/tsqlt"));

    /// <summary>What deployment executes as it stands: a migration's batches, a view, an inline function.</summary>
    private static IEnumerable<TSqlFragment> Whole(Script script) =>
        script.Tree.Batches.SelectMany(static b => b.Statements).Where(static s => s is not ProcedureStatementBody);

    /// <summary>Nodes that hold others, and control flow: InstructionList refuses what it does not know.</summary>
    private static bool IsStructure(Type type) => Structure.Contains(type) || BatchRun.Statements.ContainsKey(type);

    private static readonly FrozenSet<Type> Structure = FrozenSet.ToFrozenSet(
    [
        typeof(TSqlScript), typeof(TSqlBatch), typeof(StatementList), typeof(ProcedureReference), typeof(ProcedureParameter),
        typeof(BeginEndBlockStatement), typeof(IfStatement), typeof(WhileStatement), typeof(TryCatchStatement),
    ]);
}

using Experiments.LocalSql.Batch;
using Experiments.LocalSql.Binding;

namespace Experiments.LocalSql.Tsqlt;

/// <summary>Test classes: schemas that NewTestClass made, listed in <c>tSQLt.TestClasses</c>.</summary>
internal static class TestClasses
{
    private static readonly (ObjectKind Kind, string Word)[] DropOrder =
    [
        (ObjectKind.Procedure, "PROCEDURE"), (ObjectKind.View, "VIEW"), (ObjectKind.TableFunction, "FUNCTION"),
        (ObjectKind.Table, "TABLE"),
    ];

    internal static void New(TsqltCall call)
    {
        var name = ClassName(call);
        Install(call);
        if (call.Session.Catalog.HasSchema(name) && !Names(call).Contains(name, StringComparer.Ordinal))
        {
            throw call.Error(
                $"Attempted to execute tSQLt.NewTestClass on '{name}' which is an existing schema but not a test class (Error originated in Private_DisallowOverwritingNonTestSchema)",
                "NewTestClass");
        }

        Drop(call);
        call.Batch.Execute("CREATE SCHEMA " + ObjectName.Quote(name));
        call.Batch.Execute(
            "INSERT INTO tSQLt.TestClasses (Name, SchemaId) SELECT s.name, s.schema_id FROM sys.schemas AS s WHERE s.name = @name;",
            TestRunner.Text("name", name));
    }

    internal static void Drop(TsqltCall call)
    {
        var name = ClassName(call);
        if (!call.Session.Catalog.HasSchema(name))
        {
            return;
        }

        foreach (var (kind, word) in DropOrder)
        {
            foreach (var item in In(call, name).Where(o => o.Kind == kind).ToList())
            {
                call.Batch.Execute($"DROP {word} {ObjectName.Quote(item)}");
            }
        }

        call.Batch.Execute("DROP SCHEMA " + ObjectName.Quote(name));
        Install(call);
        call.Batch.Execute("DELETE FROM tSQLt.TestClasses WHERE Name = @name;", TestRunner.Text("name", name));
    }

    /// <summary>The names of the test classes, in order.</summary>
    internal static IReadOnlyList<string> Names(TsqltCall call)
    {
        Install(call);
        return [.. call.Batch.Query("SELECT c.Name FROM tSQLt.TestClasses AS c").Rows
            .Select(static r => (string)r[0]!).Order(StringComparer.Ordinal)];
    }

    /// <summary>What a schema contains, by name.</summary>
    internal static IEnumerable<CatalogObject> In(TsqltCall call, string schema) =>
        call.Session.Catalog.Objects
            .Where(o => string.Equals(o.Schema, schema, StringComparison.Ordinal))
            .OrderBy(static o => o.Name, StringComparer.Ordinal);

    /// <summary>Makes the tables that a script reads, the first time that something needs them.</summary>
    internal static void Install(TsqltCall call)
    {
        if (call.Session.Catalog.Find(TsqltProcedures.Schema, "TestResult") is not null)
        {
            return;
        }

        if (!call.Session.Catalog.HasSchema(TsqltProcedures.Schema))
        {
            call.Batch.Execute("CREATE SCHEMA tSQLt");
        }

        call.Batch.Execute("CREATE TABLE tSQLt.TestClasses (Name nvarchar(128) NOT NULL, SchemaId int NOT NULL);");
        call.Batch.Execute(
            """
            CREATE TABLE tSQLt.TestResult
            (
                Id int NOT NULL,
                Class nvarchar(max) NOT NULL,
                TestCase nvarchar(max) NOT NULL,
                Name nvarchar(max) NOT NULL,
                TranName nvarchar(max) NULL,
                Result nvarchar(max) NULL,
                Msg nvarchar(max) NULL,
                TestStartTime datetime2(6) NOT NULL,
                TestEndTime datetime2(6) NULL
            );
            """);
    }

    private static string ClassName(TsqltCall call) =>
        ObjectName.Parse(call.Text("@ClassName")) is { Schema: null } name
            ? name.Name
            : throw call.Error($"'{call.Text("@ClassName") ?? "NULL"}' is no name of a test class.");
}

using System.Globalization;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Translate;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Tsqlt;

/// <summary>Fakes of tables, spies of procedures, and constraints put back on a fake.</summary>
internal static class TestDoubles
{
    /// <summary>
    /// Puts an empty table of the same columns, nullable and without constraints, in the place of a table or view. The
    /// original waits under another name until the test is rolled back; views find the fake by its name.
    /// </summary>
    internal static void FakeTable(TsqltCall call)
    {
        var (table, schema) = (call.Text("@TableName"), call.Text("@SchemaName"));
        var item = schema is null ? call.Find(table) : call.Find(schema + "." + table) ?? call.Find(table + "." + schema);
        if (item is not { IsRelation: true, ObjectId: > 0 })
        {
            var name = table + (schema is null ? "" : "." + schema);
            throw call.Error(
                $"FakeTable could not resolve the object name, '{name}'. (When calling tSQLt.FakeTable, avoid the use of the @SchemaName parameter, as it is deprecated.)",
                "Private_ValidateFakeTableParameters");
        }

        var original = SetAside(call, item);
        var fake = item with
        {
            ObjectId = call.Session.Catalog.NextObjectId(),
            Kind = ObjectKind.Table,
            Definition = "",
            Constraints = [],
        };
        var statements = new List<string>();
        var columns = item.Columns.Select(c => Column(call, fake, c, statements)).ToList();
        fake = fake with { Columns = columns };
        statements.Add(TableDefinitions.CreateSql(fake, isTemporary: false, enforce: false));
        call.Session.CatalogIsChanged();
        call.Session.Atomically(() =>
        {
            foreach (var sql in statements)
            {
                call.Session.Native.Execute(sql);
            }

            call.Session.Catalog.Save(call.Session.Native, fake);
        });
        call.Session.DataIsChanged();
        call.State.Originals[fake] = call.State.Originals.GetValueOrDefault(item) ?? original;
    }

    /// <summary>Puts a constraint of the original on its fake.</summary>
    internal static void ApplyConstraint(TsqltCall call)
    {
        var (table, constraint, schema) =
            (call.Text("@TableName"), call.Text("@ConstraintName"), call.Text("@SchemaName"));
        var (fake, found) = schema is null
            ? Faked(call, table, constraint)
            : Faked(call, table + "." + constraint, schema) is { Constraint: not null } byParts
                ? byParts
                : Faked(call, schema + "." + table, constraint);
        if (fake is null || found is null)
        {
            throw call.Error(
                $"ApplyConstraint could not resolve the object names, '{table}', '{constraint}'. Be sure to call ApplyConstraint and pass in two parameters, such as: EXEC tSQLt.ApplyConstraint 'MySchema.MyTable', 'MyConstraint'");
        }

        if (found.Kind == TableDefinitions.ForeignKey)
        {
            throw Refuse.At(call.At, Refuse.NotSupported,
                $"The local engine cannot apply the foreign key '{found.Name}' of {fake.FullName}: it records foreign keys and enforces none.");
        }

        if (!call.Session.EnforceConstraints)
        {
            throw Refuse.At(call.At, Refuse.NotSupported,
                $"The local engine cannot apply the constraint '{found.Name}' of {fake.FullName}: the connection has Constraints=off.");
        }

        var columns = fake.Columns.Select(c =>
            found.Kind == TableDefinitions.PrimaryKey && found.Columns.Contains(c.Name) ? c with { IsNullable = false } : c);
        var constrained = fake with { Columns = [.. columns], Constraints = [.. fake.Constraints, found] };
        call.Batch.Redefine(fake, constrained, call.At);
        call.Session.DataIsChanged();
        call.State.Originals[constrained] = call.State.Originals[fake];
    }

    /// <summary>
    /// Puts a procedure of the same parameters in the place of one: it writes them to <c>name_SpyProcedureLog</c>, runs
    /// @CommandToExecute, and calls the original where asked.
    /// </summary>
    internal static void SpyProcedure(TsqltCall call)
    {
        var name = call.Text("@ProcedureName");
        if (call.Find(name) is not { Kind: ObjectKind.Procedure } procedure)
        {
            throw call.Error(
                $"Cannot use SpyProcedure on {name} because the procedure does not exist",
                "Private_ValidateProcedureCanBeUsedWithSpyProcedure");
        }

        var parameters = Parsed.Procedure(procedure.Definition).Parameters;
        var log = ObjectName.Quote(procedure.Schema) + "." + ObjectName.Quote(procedure.Name + "_SpyProcedureLog");
        if (call.Find(log) is { Kind: ObjectKind.Table } used)
        {
            SetAside(call, used);
        }

        call.Batch.Execute(
            $"CREATE TABLE {log} (_id_ int IDENTITY(1,1)"
            + string.Concat(parameters.Select(static p =>
                $", {ObjectName.Quote(p.VariableName.Value[1..])} {LogType(p)} NULL")) + ");");

        var original = SetAside(call, procedure);
        var declared = string.Join(", ", parameters.Select(static p =>
            $"{p.VariableName.Value} {Refuse.FullTextOf(p.DataType)} = NULL{(IsOutput(p) ? " OUTPUT" : "")}"));
        var insert = parameters.Count == 0
            ? $"INSERT INTO {log} DEFAULT VALUES;"
            : $"INSERT INTO {log} ({string.Join(", ", parameters.Select(static p => ObjectName.Quote(p.VariableName.Value[1..])))}) "
                + $"SELECT {string.Join(", ", parameters.Select(static p => p.VariableName.Value))};";
        var command = call.Text("@CommandToExecute") is { } text ? text + ";" : "";
        var pass = call.Flag("@CallOriginal")
            ? $"EXEC {ObjectName.Quote(original)} "
                + string.Join(", ", parameters.Select(static p => p.VariableName.Value + (IsOutput(p) ? " OUTPUT" : ""))) + ";"
            : "";
        call.Batch.Execute(
            $"CREATE PROCEDURE {ObjectName.Quote(procedure)} {declared} AS BEGIN {insert} {command}\r\n{pass} RETURN; END;");
    }

    private static bool IsOutput(ProcedureParameter parameter) => parameter.Modifier == ParameterModifier.Output;

    private static string LogType(ProcedureParameter parameter) => TypeRules.FromName(parameter.DataType).Kind switch
    {
        SqlKind.NVarChar => "nvarchar(max)",
        SqlKind.VarChar => "varchar(max)",
        _ => Refuse.FullTextOf(parameter.DataType),
    };

    private static (CatalogObject? Fake, CatalogConstraint? Constraint) Faked(
        TsqltCall call, string? table, string? constraint) =>
        call.Find(table) is { } fake
            && ObjectName.Parse(constraint) is { Schema: null } name
            && call.State.Originals.TryGetValue(fake, out var original)
            ? (fake, original.Constraints.FirstOrDefault(c =>
                c.Kind != TableDefinitions.Default && string.Equals(c.Name, name.Name, StringComparison.Ordinal)))
            : (null, null);

    /// <summary>Renames an object to a name of its own, with its rows.</summary>
    private static CatalogObject SetAside(TsqltCall call, CatalogObject item)
    {
        var session = call.Session;
        var name = "tSQLt_tempobject_" + Guid.NewGuid().ToString("N");
        var renamed = item with { Name = name, NativeName = Binding.Quote.Name(item.Schema, name) };
        var word = item.Kind switch
        {
            ObjectKind.Table => "TABLE",
            ObjectKind.View => "VIEW",
            ObjectKind.Procedure or ObjectKind.TableFunction => null,
            _ => throw new InvalidOperationException("No rename of a " + item.Kind),
        };
        session.CatalogIsChanged();
        session.Atomically(() =>
        {
            // DuckDB renames no table that has an index.
            var hasIndexes = session.EnforceConstraints && item.Kind == ObjectKind.Table;
            foreach (var (index, _) in hasIndexes ? TableDefinitions.Indexes(item) : [])
            {
                session.Native.Execute($"DROP INDEX {Binding.Quote.Name(item.Schema)}.{index}");
            }

            if (word is not null)
            {
                session.Native.Execute($"ALTER {word} {item.NativeName} RENAME TO {Binding.Quote.Name(name)}");
            }

            session.Catalog.Rename(session.Native, item, renamed);
            foreach (var (_, create) in hasIndexes ? TableDefinitions.Indexes(renamed) : [])
            {
                session.Native.Execute(create);
            }
        });
        return renamed;
    }

    private static CatalogColumn Column(
        TsqltCall call, CatalogObject fake, CatalogColumn column, List<string> statements)
    {
        if (column.IsIdentity && call.Flag("@Identity"))
        {
            var sequence = Binding.Quote.Name(fake.Schema, string.Create(
                CultureInfo.InvariantCulture, $"{fake.Name}_{column.Name}_seq_{fake.ObjectId}"));
            statements.Add("CREATE OR REPLACE SEQUENCE " + sequence);
            return column with { DefaultSql = $"nextval({Binding.Quote.Text(sequence)})" };
        }

        return column with
        {
            IsNullable = true,
            IsIdentity = false,
            ComputedSql = call.Flag("@ComputedColumns") ? column.ComputedSql : null,
            DefaultSql = !column.IsIdentity && call.Flag("@Defaults") ? column.DefaultSql : null,
        };
    }
}

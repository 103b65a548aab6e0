using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Translate;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

/// <summary>CREATE, ALTER and DROP: the object in DuckDB and its entry in the catalog, together.</summary>
internal sealed class Definitions(Session session, ITranslationScope scope)
{
    internal void Execute(TSqlStatement statement, Frame frame)
    {
        switch (statement)
        {
            case CreateSchemaStatement s:
                CreateSchema(s);
                break;
            case CreateTableStatement s:
                CreateTable(s, frame);
                break;
            case AlterTableAddTableElementStatement s:
                AddElements(s);
                break;
            case AlterTableDropTableElementStatement s:
                DropElements(s);
                break;
            case CreateIndexStatement s:
                RecordIndex(s.OnName, s.Name, s);
                break;
            case CreateColumnStoreIndexStatement s:
                RecordIndex(s.OnName, s.Name, s);
                break;
            case CreateOrAlterViewStatement s:
                View(s, Existing.Replace);
                break;
            case CreateViewStatement s:
                View(s, Existing.Refuse);
                break;
            case AlterViewStatement s:
                View(s, Existing.Require);
                break;
            case CreateOrAlterProcedureStatement s:
                Module(s, s.ProcedureReference.Name, ObjectKind.Procedure, Existing.Replace);
                break;
            case CreateProcedureStatement s:
                Module(s, s.ProcedureReference.Name, ObjectKind.Procedure, Existing.Refuse);
                break;
            case AlterProcedureStatement s:
                Module(s, s.ProcedureReference.Name, ObjectKind.Procedure, Existing.Require);
                break;
            case CreateOrAlterFunctionStatement s:
                Function(s, s.Name, Existing.Replace);
                break;
            case CreateFunctionStatement s:
                Function(s, s.Name, Existing.Refuse);
                break;
            case AlterFunctionStatement s:
                Function(s, s.Name, Existing.Require);
                break;
            case DropTableStatement s:
                Drop(s, ObjectKind.Table, "TABLE", frame);
                break;
            case DropViewStatement s:
                Drop(s, ObjectKind.View, "VIEW", frame);
                break;
            case DropProcedureStatement s:
                Drop(s, ObjectKind.Procedure, null, frame);
                break;
            case DropFunctionStatement s:
                Drop(s, ObjectKind.TableFunction, null, frame);
                break;
            case DropIndexStatement s:
                DropIndexes(s);
                break;
            default:
                throw Refuse.Construct(statement, Translator.Describe(statement));
        }
    }

    private enum Existing
    {
        Refuse,
        Replace,
        Require,
    }

    private void Change(Action work)
    {
        session.CatalogIsChanged();
        session.Atomically(work);
    }

    private void CreateSchema(CreateSchemaStatement statement)
    {
        var name = statement.Name.Value;
        if (session.Catalog.HasSchema(name))
        {
            throw Refuse.At(statement, 2714, $"There is already an object named '{name}' in the database.");
        }

        Change(() => session.Catalog.AddSchema(session.Native, name));
    }

    private CatalogObject NewObject(SchemaObjectName name, ObjectKind kind, string definition, TSqlFragment at)
    {
        var schema = name.SchemaIdentifier?.Value ?? "dbo";
        if (!session.Catalog.HasSchema(schema))
        {
            throw Refuse.At(at, 2760, $"The specified schema name \"{schema}\" either does not exist or you do not have permission to use it.");
        }

        return new CatalogObject(
            session.Catalog.NextObjectId(), schema, name.BaseIdentifier.Value, kind, definition, [], [],
            Quote.Name(schema, name.BaseIdentifier.Value));
    }

    private void CreateTable(CreateTableStatement statement, Frame frame)
    {
        if (statement.AsFileTable || statement.SelectStatement is not null)
        {
            throw Refuse.Construct(statement, "this form of CREATE TABLE");
        }

        var name = statement.SchemaObjectName;
        if (name.BaseIdentifier.Value.StartsWith('#'))
        {
            CreateTemporary(statement, name.BaseIdentifier.Value, frame);
            return;
        }

        var identity = NewObject(name, ObjectKind.Table, "", statement);
        if (session.Catalog.Find(identity.Schema, identity.Name) is not null)
        {
            throw Refuse.At(statement, 2714, $"There is already an object named '{identity.Name}' in the database.");
        }

        var plan = TableDefinitions.Create(statement.Definition, identity, scope, isTemporary: false);
        Change(() =>
        {
            foreach (var sql in plan.Statements)
            {
                session.Native.Execute(sql);
            }

            session.Catalog.Save(session.Native, plan.Table);
        });
    }

    private void CreateTemporary(CreateTableStatement statement, string name, Frame frame)
    {
        if (frame.Temporaries.ContainsKey(name))
        {
            throw Refuse.At(statement, 2714, $"There is already an object named '{name}' in the database.");
        }

        var native = session.TemporaryName(name);
        var identity = new CatalogObject(
            -1, "tempdb", name, ObjectKind.Table, "", [], [], native["temp.main.".Length..]);
        var plan = TableDefinitions.Create(statement.Definition, identity, scope, isTemporary: true);
        foreach (var sql in plan.Statements)
        {
            session.Native.Execute(sql);
        }

        frame.Temporaries.Add(name, plan.Table with { NativeName = native });
    }

    private CatalogObject Table(SchemaObjectName name, TSqlFragment at) =>
        session.Catalog.Find(name.SchemaIdentifier?.Value ?? "dbo", name.BaseIdentifier.Value) is { Kind: ObjectKind.Table } table
            ? table
            : throw Refuse.At(at, 4902, $"Cannot find the object \"{Refuse.TextOf(name)}\" because it does not exist or you do not have permissions.");

    private void AddElements(AlterTableAddTableElementStatement statement)
    {
        var table = Table(statement.SchemaObjectName, statement);
        var constraints = table.Constraints.ToList();
        var columns = table.Columns.ToList();
        var statements = new List<string>();
        foreach (var definition in statement.Definition.ColumnDefinitions)
        {
            var (column, sql) = TableDefinitions.Add(definition, table, scope, constraints);
            if (columns.Exists(c => string.Equals(c.Name, column.Name, StringComparison.Ordinal)))
            {
                throw Refuse.At(definition, 2705, $"Column names in each table must be unique. Column name '{column.Name}' in table '{table.FullName}' is specified more than once.");
            }

            columns.Add(column);
            statements.AddRange(sql);
        }

        foreach (var definition in statement.Definition.TableConstraints)
        {
            constraints.Add(TableDefinitions.Constraint(definition, table.Name, columns, scope));
        }

        Change(() =>
        {
            foreach (var sql in statements)
            {
                session.Native.Execute(sql);
            }

            session.Catalog.Save(session.Native, table with { Columns = columns, Constraints = constraints });
        });
    }

    private void DropElements(AlterTableDropTableElementStatement statement)
    {
        var table = Table(statement.SchemaObjectName, statement);
        var constraints = table.Constraints.ToList();
        var columns = table.Columns.ToList();
        var statements = new List<string>();
        foreach (var element in statement.AlterTableDropTableElements)
        {
            var name = element.Name.Value;
            switch (element.TableElementType)
            {
                case TableElementType.Column:
                    if (columns.RemoveAll(c => string.Equals(c.Name, name, StringComparison.Ordinal)) == 0)
                    {
                        throw Refuse.At(element, 4924, $"ALTER TABLE DROP COLUMN failed because column '{name}' does not exist in table '{table.Name}'.");
                    }

                    statements.Add($"ALTER TABLE {table.NativeName} DROP COLUMN {Quote.Name(name)}");
                    break;
                case TableElementType.Constraint or TableElementType.NotSpecified:
                    if (constraints.RemoveAll(c => string.Equals(c.Name, name, StringComparison.Ordinal)) == 0)
                    {
                        throw Refuse.At(element, 3728, $"'{name}' is not a constraint.");
                    }

                    break;
                default:
                    throw Refuse.Construct(element, Translator.Describe(element));
            }
        }

        Change(() =>
        {
            foreach (var sql in statements)
            {
                session.Native.Execute(sql);
            }

            session.Catalog.Save(session.Native, table with { Columns = columns, Constraints = constraints });
        });
    }

    /// <summary>Physical design is checked, recorded and not applied.</summary>
    private void RecordIndex(SchemaObjectName tableName, Identifier name, TSqlStatement statement)
    {
        var table = Table(tableName, statement);
        if (statement is CreateIndexStatement index)
        {
            foreach (var column in index.Columns.Select(static c => c.Column).Concat(index.IncludeColumns))
            {
                var wanted = column.MultiPartIdentifier.Identifiers[^1].Value;
                if (!table.Columns.Any(c => string.Equals(c.Name, wanted, StringComparison.Ordinal)))
                {
                    throw Refuse.At(column, 1911, $"Column name '{wanted}' does not exist in the target table or view.");
                }
            }
        }

        Change(() => Catalog.AddIndex(session.Native, table, name.Value, Refuse.FullTextOf(statement)));
    }

    private void DropIndexes(DropIndexStatement statement)
    {
        foreach (var clause in statement.DropIndexClauses)
        {
            if (clause is not DropIndexClause { Object: { } tableName } drop)
            {
                throw Refuse.Construct(statement, Translator.Describe(statement));
            }

            var table = Table(tableName, statement);
            Change(() => Catalog.RemoveIndex(session.Native, table, drop.Index.Value));
        }
    }

    private CatalogObject? Previous(CatalogObject item, Existing rule, TSqlFragment at)
    {
        var previous = session.Catalog.Find(item.Schema, item.Name);
        if (previous is not null && (rule == Existing.Refuse || previous.Kind != item.Kind))
        {
            throw Refuse.At(at, 2714, $"There is already an object named '{item.Name}' in the database.");
        }

        return previous is null && rule == Existing.Require
            ? throw Refuse.At(at, 208, $"Invalid object name '{item.FullName}'.")
            : previous;
    }

    private void View(ViewStatementBody statement, Existing rule)
    {
        if (statement.ViewOptions.Count > 0 || statement.WithCheckOption)
        {
            throw Refuse.Construct(statement, "view options (SCHEMABINDING, CHECK OPTION)");
        }

        var item = NewObject(statement.SchemaObjectName, ObjectKind.View, Text(statement), statement);
        Previous(item, rule, statement);
        var query = new Translator(scope, isDefinition: true).Definition(statement.SelectStatement);
        var names = statement.Columns.Count > 0
            ? [.. statement.Columns.Select(static c => c.Value)]
            : query.Columns.Select(static c => c.Name).ToList();
        var columns = query.Columns.Select((c, i) => new CatalogColumn(names[i], c.Type, c.IsNullable)).ToList();
        Change(() =>
        {
            session.Native.Execute(
                $"CREATE OR REPLACE VIEW {item.NativeName} ({string.Join(", ", names.Select(Quote.Name))}) AS {query.Sql}");
            session.Catalog.Save(session.Native, item with { Columns = columns });
        });
    }

    private void Module(TSqlStatement statement, SchemaObjectName name, ObjectKind kind, Existing rule)
    {
        var item = NewObject(name, kind, Text(statement), statement);
        Previous(item, rule, statement);
        if (statement is ProcedureStatementBody procedure)
        {
            foreach (var parameter in procedure.Parameters)
            {
                TypeRules.FromName(parameter.DataType);
            }

            InstructionList.Compile(procedure.StatementList.Statements);
        }

        Change(() => session.Catalog.Save(session.Native, item));
    }

    private void Function(FunctionStatementBody statement, SchemaObjectName name, Existing rule)
    {
        Parsed.SelectOf(statement);
        foreach (var parameter in statement.Parameters)
        {
            TypeRules.FromName(parameter.DataType);
        }

        Module(statement, name, ObjectKind.TableFunction, rule);
    }

    private void Drop(DropObjectsStatement statement, ObjectKind kind, string? nativeWord, Frame frame)
    {
        foreach (var name in statement.Objects)
        {
            var text = name.BaseIdentifier.Value;
            if (text.StartsWith('#') && kind == ObjectKind.Table)
            {
                if (frame.Temporaries.Remove(text, out var temporary))
                {
                    session.Native.Execute("DROP TABLE " + temporary.NativeName);
                }
                else if (!statement.IsIfExists)
                {
                    throw Refuse.At(name, 3701, $"Cannot drop the table '{text}', because it does not exist or you do not have permission.");
                }

                continue;
            }

            var item = session.Catalog.Find(name.SchemaIdentifier?.Value ?? "dbo", text);
            if (item is null || item.Kind != kind)
            {
                if (statement.IsIfExists && item is null)
                {
                    continue;
                }

                throw Refuse.At(name, 3701, $"Cannot drop the {kind.ToString().ToLowerInvariant()} '{Refuse.TextOf(name)}', because it does not exist or you do not have permission.");
            }

            Change(() =>
            {
                if (nativeWord is not null)
                {
                    session.Native.Execute($"DROP {nativeWord} {item.NativeName}");
                }

                session.Catalog.Remove(session.Native, item);
            });
        }
    }

    /// <summary>The whole batch, comments in front included: what OBJECT_DEFINITION gives.</summary>
    private static string Text(TSqlStatement statement) =>
        string.Concat(statement.ScriptTokenStream.Where(static t => t.TokenType != TSqlTokenType.EndOfFile).Select(static t => t.Text));
}

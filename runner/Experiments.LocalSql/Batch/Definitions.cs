using System.Collections.Frozen;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Native;
using Experiments.LocalSql.Translate;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

/// <summary>CREATE, ALTER and DROP: the object in DuckDB and its entry in the catalog, together.</summary>
internal sealed class Definitions(Session session, ITranslationScope scope)
{
    /// <summary>The statements that define objects: what each is called, and what runs it.</summary>
    internal static readonly FrozenDictionary<Type, (string Name, Action<Definitions, TSqlStatement, Frame> Run)> Statements =
        new Dictionary<Type, (string Name, Action<Definitions, TSqlStatement, Frame> Run)>
        {
            [typeof(CreateSchemaStatement)] = Entry<CreateSchemaStatement>("CREATE SCHEMA", static (d, s, _) => d.CreateSchema(s)),
            [typeof(DropSchemaStatement)] = Entry<DropSchemaStatement>("DROP SCHEMA", static (d, s, _) => d.DropSchema(s)),
            [typeof(CreateTableStatement)] = Entry<CreateTableStatement>("CREATE TABLE", static (d, s, f) => d.CreateTable(s, f)),
            [typeof(AlterTableAddTableElementStatement)] = Entry<AlterTableAddTableElementStatement>(
                "ALTER TABLE … ADD", static (d, s, _) => d.AddElements(s)),
            [typeof(AlterTableDropTableElementStatement)] = Entry<AlterTableDropTableElementStatement>(
                "ALTER TABLE … DROP", static (d, s, _) => d.DropElements(s)),
            [typeof(AlterTableAlterColumnStatement)] = Entry<AlterTableAlterColumnStatement>(
                "ALTER TABLE … ALTER COLUMN", static (d, s, _) => d.AlterColumn(s)),
            [typeof(CreateIndexStatement)] = Entry<CreateIndexStatement>(
                "CREATE INDEX (recorded)", static (d, s, _) => d.RecordIndex(s.OnName, s.Name, s)),
            [typeof(CreateColumnStoreIndexStatement)] = Entry<CreateColumnStoreIndexStatement>(
                "CREATE COLUMNSTORE INDEX (recorded)", static (d, s, _) => d.RecordIndex(s.OnName, s.Name, s)),
            [typeof(DropIndexStatement)] = Entry<DropIndexStatement>("DROP INDEX", static (d, s, _) => d.DropIndexes(s)),
            [typeof(CreateViewStatement)] = Entry<CreateViewStatement>(
                "CREATE VIEW", static (d, s, _) => d.View(s, Existing.Refuse)),
            [typeof(CreateOrAlterViewStatement)] = Entry<CreateOrAlterViewStatement>(
                "CREATE OR ALTER VIEW", static (d, s, _) => d.View(s, Existing.Replace)),
            [typeof(AlterViewStatement)] = Entry<AlterViewStatement>(
                "ALTER VIEW", static (d, s, _) => d.View(s, Existing.Require)),
            [typeof(CreateProcedureStatement)] = Entry<CreateProcedureStatement>(
                "CREATE PROCEDURE", static (d, s, _) => d.Procedure(s, Existing.Refuse)),
            [typeof(CreateOrAlterProcedureStatement)] = Entry<CreateOrAlterProcedureStatement>(
                "CREATE OR ALTER PROCEDURE", static (d, s, _) => d.Procedure(s, Existing.Replace)),
            [typeof(AlterProcedureStatement)] = Entry<AlterProcedureStatement>(
                "ALTER PROCEDURE", static (d, s, _) => d.Procedure(s, Existing.Require)),
            [typeof(CreateFunctionStatement)] = Entry<CreateFunctionStatement>(
                "CREATE FUNCTION (inline table-valued)", static (d, s, _) => d.Function(s, s.Name, Existing.Refuse)),
            [typeof(CreateOrAlterFunctionStatement)] = Entry<CreateOrAlterFunctionStatement>(
                "CREATE OR ALTER FUNCTION", static (d, s, _) => d.Function(s, s.Name, Existing.Replace)),
            [typeof(AlterFunctionStatement)] = Entry<AlterFunctionStatement>(
                "ALTER FUNCTION", static (d, s, _) => d.Function(s, s.Name, Existing.Require)),
            [typeof(DropTableStatement)] = Entry<DropTableStatement>(
                "DROP TABLE", static (d, s, f) => d.Drop(s, ObjectKind.Table, "TABLE", f)),
            [typeof(DropViewStatement)] = Entry<DropViewStatement>(
                "DROP VIEW", static (d, s, f) => d.Drop(s, ObjectKind.View, "VIEW", f)),
            [typeof(DropProcedureStatement)] = Entry<DropProcedureStatement>(
                "DROP PROCEDURE", static (d, s, f) => d.Drop(s, ObjectKind.Procedure, null, f)),
            [typeof(DropFunctionStatement)] = Entry<DropFunctionStatement>(
                "DROP FUNCTION", static (d, s, f) => d.Drop(s, ObjectKind.TableFunction, null, f)),
        }.ToFrozenDictionary();

    private static (string Name, Action<Definitions, TSqlStatement, Frame> Run) Entry<T>(
        string name, Action<Definitions, T, Frame> run)
        where T : TSqlStatement => (name, (d, s, f) => run(d, (T)s, f));

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

        foreach (var place in (IdentifierOrValueExpression?[])
            [statement.OnFileGroupOrPartitionScheme?.Name, statement.TextImageOn, statement.FileStreamOn])
        {
            Refuse.UnlessPrimary(place, statement);
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

    private void DropSchema(DropSchemaStatement statement)
    {
        var name = statement.Schema.BaseIdentifier.Value;
        if (!session.Catalog.HasSchema(name))
        {
            if (statement.IsIfExists)
            {
                return;
            }

            throw Refuse.At(statement, 15151, $"Cannot drop the schema '{name}', because it does not exist or you do not have permission.");
        }

        if (session.Catalog.Objects.FirstOrDefault(o => string.Equals(o.Schema, name, StringComparison.Ordinal)) is { } inside)
        {
            throw Refuse.At(statement, 3729, $"Cannot drop schema '{name}' because it is being referenced by object '{inside.Name}'.");
        }

        Change(() => session.Catalog.RemoveSchema(session.Native, name));
    }

    /// <summary>SELECT … INTO a table that stays.</summary>
    internal void CreateFrom(SchemaObjectName name, BoundQuery query, Action<CatalogObject> fill)
    {
        var table = NewObject(name, ObjectKind.Table, "", name) with { Columns = TableDefinitions.ColumnsOf(query) };
        if (session.Catalog.Find(table.Schema, table.Name) is not null)
        {
            throw Refuse.At(name, 2714, $"There is already an object named '{table.Name}' in the database.");
        }

        Change(() =>
        {
            session.Native.Execute(TableDefinitions.CreateSql(table, isTemporary: false, scope.EnforceConstraints));
            fill(table);
            session.Catalog.Save(session.Native, table);
        });
    }

    private void AddElements(AlterTableAddTableElementStatement statement)
    {
        var table = Table(statement.SchemaObjectName, statement);
        var constraints = table.Constraints.ToList();
        var columns = table.Columns.ToList();
        foreach (var definition in statement.Definition.ColumnDefinitions)
        {
            var column = TableDefinitions.Add(definition, table, scope, constraints);
            if (columns.Exists(c => string.Equals(c.Name, column.Name, StringComparison.Ordinal)))
            {
                throw Refuse.At(definition, 2705, $"Column names in each table must be unique. Column name '{column.Name}' in table '{table.FullName}' is specified more than once.");
            }

            if (column is { IsNullable: false, DefaultSql: null, IsComputed: false } && HasRows(table))
            {
                throw Refuse.At(definition, 4901, $"ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT definition specified, or the column being added is an identity or timestamp column, or alternatively if none of the previous conditions are satisfied the table must be empty to allow addition of this column. Column '{column.Name}' cannot be added to non-empty table '{table.Name}' because it does not satisfy these conditions.");
            }

            columns.Add(column);
        }

        foreach (var definition in statement.Definition.TableConstraints)
        {
            if (definition is DefaultConstraintDefinition { Column: { } target } standard)
            {
                AddDefault(standard, target.Value, table, columns, constraints);
                continue;
            }

            var constraint = TableDefinitions.Constraint(definition, table.Name, columns, scope);
            if (constraint.Kind == TableDefinitions.PrimaryKey
                && columns.Find(c => c.IsNullable && constraint.Columns.Contains(c.Name)) is not null)
            {
                throw Refuse.At(definition, 8111, $"Cannot define PRIMARY KEY constraint on nullable column in table '{table.Name}'.");
            }

            constraints.Add(constraint);
        }

        // Most columns are added in place; what DuckDB cannot add to a table makes a new one of it.
        var added = columns.Skip(table.Columns.Count).ToList();
        var inPlace = constraints.Count == table.Constraints.Count && added.TrueForAll(static c => c is { IsNullable: true, IsComputed: false })
            && !TableDefinitions.Indexes(table).Any()
            && columns.Take(table.Columns.Count).SequenceEqual(table.Columns);
        var altered = table with { Columns = columns, Constraints = constraints };
        if (!inPlace)
        {
            Rebuild(table, altered, statement);
            return;
        }

        Change(() =>
        {
            foreach (var column in added)
            {
                session.Native.Execute($"ALTER TABLE {table.NativeName} ADD COLUMN {Quote.Name(column.Name)} {TypeRules.Native(column.Type)}");
            }

            session.Catalog.Save(session.Native, altered);
        });
    }

    private void AddDefault(
        DefaultConstraintDefinition definition, string target, CatalogObject table, List<CatalogColumn> columns,
        List<CatalogConstraint> constraints)
    {
        var index = columns.FindIndex(c => string.Equals(c.Name, target, StringComparison.Ordinal));
        if (index < 0)
        {
            throw Refuse.At(definition, 1752, $"Column '{target}' in table '{table.Name}' is invalid for creating a default constraint.");
        }

        columns[index] = columns[index] with
        {
            DefaultSql = TableDefinitions.DefaultOf(definition, columns[index].Type, scope),
        };
        constraints.Add(new CatalogConstraint(
            definition.ConstraintIdentifier?.Value ?? $"df_{table.Name}_{target}", TableDefinitions.Default, [target],
            Refuse.FullTextOf(definition.Expression), null));
    }

    private bool HasRows(CatalogObject table)
    {
        using var statement = session.Native.Prepare($"SELECT 1 FROM {table.NativeName} LIMIT 1");
        using var rows = statement.Execute();
        return rows.Read();
    }

    private void DropElements(AlterTableDropTableElementStatement statement)
    {
        var table = Table(statement.SchemaObjectName, statement);
        var constraints = table.Constraints.ToList();
        var columns = table.Columns.ToList();
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

                    if (constraints.Find(c => c.Columns.Contains(name)) is { } user)
                    {
                        throw Refuse.At(element, 5074, $"The object '{user.Name}' is dependent on column '{name}'.");
                    }

                    break;
                case TableElementType.Constraint or TableElementType.NotSpecified:
                    var dropped = constraints.Find(c => string.Equals(c.Name, name, StringComparison.Ordinal))
                        ?? throw Refuse.At(element, 3728, $"'{name}' is not a constraint.");
                    constraints.Remove(dropped);
                    if (dropped.Kind == TableDefinitions.Default)
                    {
                        columns = [.. columns.Select(c => dropped.Columns.Contains(c.Name) ? c with { DefaultSql = null } : c)];
                    }

                    break;
                default:
                    throw Refuse.Construct(element, Translator.Describe(element));
            }
        }

        Rebuild(table, table with { Columns = columns, Constraints = constraints }, statement);
    }

    private void AlterColumn(AlterTableAlterColumnStatement statement)
    {
        var table = Table(statement.SchemaObjectName, statement);
        var name = statement.ColumnIdentifier.Value;
        var columns = table.Columns.ToList();
        var index = columns.FindIndex(c => string.Equals(c.Name, name, StringComparison.Ordinal));
        if (index < 0)
        {
            throw Refuse.At(statement, 4924, $"ALTER TABLE ALTER COLUMN failed because column '{name}' does not exist in table '{table.Name}'.");
        }

        if (statement.DataType is null || statement.AlterTableAlterColumnOption is not (
            AlterTableAlterColumnOption.NoOptionDefined or AlterTableAlterColumnOption.Null or AlterTableAlterColumnOption.NotNull))
        {
            throw Refuse.Construct(statement, Refuse.TextOf(statement));
        }

        if (table.Constraints.FirstOrDefault(c => c.Columns.Contains(name) && c.Kind != TableDefinitions.Default) is { } user
            && columns[index].Type != TypeRules.FromName(statement.DataType))
        {
            throw Refuse.At(statement, 5074, $"The object '{user.Name}' is dependent on column '{name}'.");
        }

        columns[index] = columns[index] with
        {
            Type = TypeRules.FromName(statement.DataType),
            IsNullable = statement.AlterTableAlterColumnOption != AlterTableAlterColumnOption.NotNull,
        };
        Rebuild(table, table with { Columns = columns }, statement);
    }

    /// <summary>Replaces a table by one of another definition with the same rows, which then obey its constraints.</summary>
    internal void Rebuild(CatalogObject before, CatalogObject after, TSqlStatement at)
    {
        var kept = after.Columns
            .Select(c => (Old: before.Columns.FirstOrDefault(b => string.Equals(b.Name, c.Name, StringComparison.Ordinal)), New: c))
            .Where(static c => c.Old is not null && !c.New.IsComputed).ToList();
        var values = kept.Select(c =>
        {
            var value = new BoundExpression(Quote.Name(c.Old!.Name), c.Old.Type, c.Old.IsNullable);
            return c.Old.Type == c.New.Type || (c.Old.Type.IsText && c.New.Type.IsText)
                ? value.Sql
                : Conversions.Cast(value, c.New.Type, isTry: false, at).Sql;
        });
        var copy = session.TemporaryName(before.Name);
        Change(() =>
        {
            try
            {
                Replace();
            }
            catch (DuckException e)
            {
                throw DuckErrors.Map(e, at, null, target: after);
            }

            session.Catalog.Save(session.Native, after);
        });

        void Replace()
        {
            session.Native.Execute($"CREATE TEMP TABLE {copy["temp.main.".Length..]} AS SELECT * FROM {before.NativeName}");
            session.Native.Execute("DROP TABLE " + before.NativeName);
            session.Native.Execute(TableDefinitions.CreateSql(after, isTemporary: false, scope.EnforceConstraints));

            // Before the rows: an index over rows that are there looks at them at the commit only.
            foreach (var (_, sql) in scope.EnforceConstraints ? TableDefinitions.Indexes(after) : [])
            {
                session.Native.Execute(sql);
            }

            if (kept.Count > 0)
            {
                session.Native.Execute(
                    $"INSERT INTO {after.NativeName} ({string.Join(", ", kept.Select(static c => Quote.Name(c.New.Name)))}) "
                    + $"SELECT {string.Join(", ", values)} FROM {copy}");
            }

            session.Native.Execute("DROP TABLE " + copy);
        }
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

        if (statement is CreateIndexStatement { Unique: true } unique)
        {
            // The index is what keeps rows apart, so that this one is more than physical design.
            if (table.Constraints.Any(c => string.Equals(c.Name, name.Value, StringComparison.Ordinal)))
            {
                throw Refuse.At(name, 1913, $"The operation failed because an index or statistics with name '{name.Value}' already exists on table '{table.FullName}'.");
            }

            Constrain(table, [.. table.Constraints, TableDefinitions.Index(unique, table, scope)], statement);
            table = Table(tableName, statement);
        }

        Change(() => Catalog.AddIndex(session.Native, table, name.Value, Refuse.FullTextOf(statement)));
    }

    private void Constrain(CatalogObject table, IReadOnlyList<CatalogConstraint> constraints, TSqlStatement at)
    {
        var altered = table with { Constraints = constraints };
        if (scope.EnforceConstraints)
        {
            Rebuild(table, altered, at);
        }
        else
        {
            Change(() => session.Catalog.Save(session.Native, altered));
        }
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
            if (table.Constraints.FirstOrDefault(c => c.Kind == TableDefinitions.UniqueIndex
                && string.Equals(c.Name, drop.Index.Value, StringComparison.Ordinal)) is { } unique)
            {
                Constrain(table, [.. table.Constraints.Where(c => c != unique)], statement);
            }

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
        var query = new Translator(scope, isDefinition: true).Definition(statement.SelectStatement, hasNames: statement.Columns.Count > 0);
        if (statement.Columns.Count > 0 && statement.Columns.Count != query.Columns.Count)
        {
            throw Refuse.At(statement, statement.Columns.Count < query.Columns.Count ? 8158 : 8159,
                FormattableString.Invariant($"'{item.Name}' has {query.Columns.Count} columns and {statement.Columns.Count} names in its column list."));
        }

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

    private void Procedure(ProcedureStatementBody statement, Existing rule)
    {
        if (statement.IsForReplication || statement.Options.Count > 0 || statement.MethodSpecifier is not null)
        {
            throw Refuse.Construct(statement, "procedure options (WITH …)");
        }

        if (statement.StatementList is null)
        {
            throw Refuse.At(statement, 102, "Incorrect syntax: the procedure has no body.");
        }

        var item = NewObject(statement.ProcedureReference.Name, ObjectKind.Procedure, Text(statement), statement);
        Previous(item, rule, statement);
        var parameters = statement.Parameters.Select(static p =>
            KeyValuePair.Create(p.VariableName.Value, TypeRules.FromName(p.DataType))).ToList();
        using (var program = new Program(InstructionList.Compile(statement.StatementList.Statements)))
        {
            new BindingPass(program, new NoTemporaries(scope), parameters, isProcedure: true).Run();
        }

        Change(() => session.Catalog.Save(session.Native, item));
    }

    private void Function(FunctionStatementBody statement, SchemaObjectName name, Existing rule)
    {
        var item = NewObject(name, ObjectKind.TableFunction, Text(statement), statement);
        Previous(item, rule, statement);
        new Translator(new NoTemporaries(scope), isDefinition: true).Function(statement);
        var isKnown = session.Catalog.Find(item.Schema, item.Name) is not null;
        Change(() =>
        {
            session.Catalog.Save(session.Native, item);
            if (isKnown)
            {
                RebindViews(item);
            }
        });
    }

    /// <summary>
    /// A view holds the bodies of the inline functions it reads: those that read a changed one, also through another, are
    /// written again. One that no longer fits says so when it is read, as on the server, until it is changed too.
    /// </summary>
    private void RebindViews(CatalogObject changed)
    {
        var affected = new HashSet<string>(StringComparer.Ordinal) { changed.Schema + "." + changed.Name };
        var objects = session.Catalog.Objects.Where(static o => o.Definition.Length > 0
            && o.Kind is ObjectKind.View or ObjectKind.TableFunction).OrderBy(static o => o.ObjectId).ToList();
        var read = objects.ToDictionary(static o => o, static o => FunctionsOf(o.Definition));
        for (var before = 0; before < affected.Count;)
        {
            before = affected.Count;
            affected.UnionWith(read.Where(r => r.Key.Kind == ObjectKind.TableFunction && r.Value.Overlaps(affected))
                .Select(static r => r.Key.Schema + "." + r.Key.Name));
        }

        foreach (var view in objects.Where(o => o.Kind == ObjectKind.View && read[o].Overlaps(affected)))
        {
            var statement = (ViewStatementBody)Parsed.Script(view.Definition).Batches[0].Statements[0];
            string sql;
            try
            {
                sql = new Translator(scope, isDefinition: true)
                    .Definition(statement.SelectStatement, hasNames: statement.Columns.Count > 0).Sql;
            }
            catch (LocalSqlException)
            {
                var message = Quote.Text($"[4413] Could not use view or function '{view.Schema}.{view.Name}' because of binding errors.");
                sql = "SELECT " + string.Join(", ", view.Columns.Select(_ => $"error({message})"));
            }

            session.Native.Execute(
                $"CREATE OR REPLACE VIEW {view.NativeName} ({string.Join(", ", view.Columns.Select(static c => Quote.Name(c.Name)))}) AS {sql}");
        }
    }

    /// <summary>The inline functions that a definition reads, as schema.name.</summary>
    private static HashSet<string> FunctionsOf(string definition)
    {
        var calls = new FunctionReferences();
        Parsed.Script(definition).Accept(calls);
        return calls.Found;
    }

    private sealed class FunctionReferences : TSqlFragmentVisitor
    {
        internal HashSet<string> Found { get; } = new(StringComparer.Ordinal);

        public override void Visit(SchemaObjectFunctionTableReference node) => Found.Add(
            (node.SchemaObject.SchemaIdentifier?.Value ?? "dbo") + "." + node.SchemaObject.BaseIdentifier.Value);
    }

    /// <summary>What a definition may name: no temporary table of whoever happens to create it.</summary>
    private sealed class NoTemporaries(ITranslationScope inner) : ITranslationScope
    {
        public Catalog Catalog => inner.Catalog;

        public bool EnforceConstraints => inner.EnforceConstraints;

        public SqlType? VariableType(string name) => null;

        public CatalogObject? Temporary(string name) => null;
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

                if (item is not null)
                {
                    throw Refuse.At(name, 3705,
                        $"Cannot use DROP {kind.ToString().ToUpperInvariant()} with '{Refuse.TextOf(name)}' because '{Refuse.TextOf(name)}' is a {item.Kind.ToString().ToLowerInvariant()}.");
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

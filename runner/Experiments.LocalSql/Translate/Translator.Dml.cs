using System.Collections.Frozen;
using System.Globalization;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

internal sealed partial class Translator
{
    private static readonly FrozenDictionary<AssignmentKind, BinaryExpressionType> CompoundOperators =
        new Dictionary<AssignmentKind, BinaryExpressionType>
        {
            [AssignmentKind.AddEquals] = BinaryExpressionType.Add,
            [AssignmentKind.SubtractEquals] = BinaryExpressionType.Subtract,
            [AssignmentKind.MultiplyEquals] = BinaryExpressionType.Multiply,
            [AssignmentKind.DivideEquals] = BinaryExpressionType.Divide,
            [AssignmentKind.ModEquals] = BinaryExpressionType.Modulo,
            [AssignmentKind.BitwiseAndEquals] = BinaryExpressionType.BitwiseAnd,
            [AssignmentKind.BitwiseOrEquals] = BinaryExpressionType.BitwiseOr,
            [AssignmentKind.BitwiseXorEquals] = BinaryExpressionType.BitwiseXor,
        }.ToFrozenDictionary();

    internal Translation Insert(InsertStatement statement)
    {
        var specification = statement.InsertSpecification;
        Depths(statement.OptimizerHints);
        var with = With(statement.WithCtesAndXmlNamespaces);
        Hints(statement.OptimizerHints);
        if (specification.TopRowFilter is not null)
        {
            throw Refuse.Construct(specification, "INSERT with TOP");
        }

        var table = Target(specification.Target);
        var columns = specification.Columns.Count > 0
            ? [.. specification.Columns.Select(c => Written(table, c))]
            : table.Columns.Where(static c => c is { IsIdentity: false, IsComputed: false }).ToList();
        OnlyOnce(specification.Columns);
        if (specification.Columns.Count > 0 && columns.Exists(static c => c.IsIdentity))
        {
            throw Refuse.At(specification, 544,
                $"Cannot insert explicit value for identity column in table '{table.Name}' when IDENTITY_INSERT is set to OFF.");
        }

        var hasList = specification.Columns.Count > 0;
        var source = specification.InsertSource switch
        {
            ValuesInsertSource { IsDefaultValues: true } => "DEFAULT VALUES",
            ValuesInsertSource values => InsertValues(values, table, columns, hasList),
            SelectInsertSource select => InsertSelect(select, table, columns, hasList),
            _ => throw Refuse.Construct(specification.InsertSource, Describe(specification.InsertSource)),
        };
        var names = specification.InsertSource is ValuesInsertSource { IsDefaultValues: true }
            ? ""
            : " (" + string.Join(", ", columns.Select(static c => Quote.Name(c.Name))) + ")";
        var output = Output(specification, table, "inserted");
        return new Translation(
            $"{with}INSERT INTO {table.NativeName}{names} {source}{output.Sql}", Parameters, output.Columns) { Into = output.Into, Target = table };
    }

    internal Translation Update(UpdateStatement statement)
    {
        var specification = statement.UpdateSpecification;
        Depths(statement.OptimizerHints);
        var with = With(statement.WithCtesAndXmlNamespaces);
        Hints(statement.OptimizerHints);
        if (specification.TopRowFilter is not null)
        {
            throw Refuse.Construct(specification, "UPDATE with TOP");
        }

        var scope = new Scope(null);
        var (table, from, row) = Joined(specification.Target, specification.FromClause, scope);
        var where = specification.WhereClause is null
            ? ""
            : " WHERE " + In(Clause.Where, () => Predicate(Searched(specification.WhereClause), scope));
        var names = new List<string>();
        var values = new List<string>();
        OnlyOnce(specification.SetClauses.OfType<AssignmentSetClause>().Where(static c => c.Column is not null).Select(static c => c.Column));
        foreach (var clause in specification.SetClauses)
        {
            if (clause is not AssignmentSetClause { Variable: null, Column: { } column } set)
            {
                throw Refuse.Construct(clause, Describe(clause));
            }

            var target = Written(table, column);
            if (set.NewValue is DefaultLiteral)
            {
                names.Add(Quote.Name(target.Name));
                values.Add(target.DefaultSql ?? "NULL");
                continue;
            }

            var value = Expression(set.NewValue, scope);
            if (set.AssignmentKind != AssignmentKind.Equals)
            {
                value = Combined(set.AssignmentKind, Expression(column, scope), value, set);
            }

            names.Add(Quote.Name(target.Name));
            values.Add(Stored(value, target, table, set).Sql);
        }

        if (NamesDeleted(specification))
        {
            return UpdateWithBothSides(specification, table, from, row, where, with, names, values);
        }

        var output = Output(specification, table, "inserted");
        if (specification.FromClause is null)
        {
            var alias = scope.Sources[0].Alias;
            return new Translation(
                $"{with}UPDATE {table.NativeName} AS {Quote.Name(alias)} SET "
                + string.Join(", ", names.Zip(values, static (n, v) => n + " = " + v)) + where + output.Sql,
                Parameters, output.Columns) { Into = output.Into, Target = table };
        }

        // Any join can stand in FROM: the rows to change are found first, by row id.
        var list = string.Join(", ", values.Select(static (v, i) => FormattableString.Invariant($"{v} AS v{i}")));
        var sets = string.Join(", ", names.Select(static (n, i) => FormattableString.Invariant($"{n} = _u.v{i}")));
        return new Translation(
            $"{with}UPDATE {table.NativeName} AS _t SET {sets} FROM (SELECT {row} AS _r, {list} FROM {from}{where}) AS _u WHERE _t.rowid = _u._r{Output(specification, table, "inserted", "_t.").Sql}",
            Parameters, output.Columns) { Into = output.Into, Target = table };
    }

    private static bool NamesDeleted(UpdateSpecification specification) =>
        (specification.OutputIntoClause?.SelectColumns ?? specification.OutputClause?.SelectColumns ?? [])
        .Any(static e => e is SelectStarExpression { Qualifier.Identifiers: [var q] } && IsDeleted(q)
            || e is SelectScalarExpression { Expression: ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [var p, _] } }
                && IsDeleted(p));

    private static bool IsDeleted(Identifier prefix) => prefix.Value.Equals("deleted", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// UPDATE whose OUTPUT names rows as they were, which DuckDB's RETURNING does not have: the rows to change, with old and
    /// new values, are put aside first; the change and the output read them from there.
    /// </summary>
    private Translation UpdateWithBothSides(
        UpdateSpecification specification, CatalogObject table, string from, string row, string where, string with,
        List<string> names, List<string> values)
    {
        var source = from.Length > 0 ? from : $"{table.NativeName} AS {Quote.Name(SourceAlias(specification, table))}";
        var rowId = from.Length > 0 ? row : Quote.Name(SourceAlias(specification, table)) + ".rowid";
        var alias = rowId[..rowId.LastIndexOf('.')];
        var stored = table.Columns.Select((c, i) => (Column: c, At: i)).ToList();
        var old = string.Join(", ", stored.Select(c => FormattableString.Invariant($"{alias}.{Quote.Name(c.Column.Name)} AS o{c.At}")));
        var changed = string.Join(", ", values.Select(static (v, i) => FormattableString.Invariant($"{v} AS v{i}")));
        var list = new List<string>();
        var columns = new List<ResultColumn>();
        foreach (var element in specification.OutputIntoClause?.SelectColumns ?? specification.OutputClause!.SelectColumns)
        {
            switch (element)
            {
                case SelectStarExpression { Qualifier.Identifiers: [var prefix] }:
                    foreach (var (column, _) in stored)
                    {
                        Add(prefix, column, column.Name, element);
                    }

                    break;
                case SelectScalarExpression
                {
                    Expression: ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [var prefix, var name] },
                } item:
                    var read = TargetColumn(table, name.Value, element);
                    Add(prefix, read, item.ColumnName?.Value ?? read.Name, element);
                    break;
                default:
                    throw Refuse.Construct(element, "OUTPUT of anything but inserted.column and deleted.column");
            }
        }

        var into = specification.OutputIntoClause is { } clause ? Into(clause, columns) : null;
        var sets = string.Join(", ", names.Select(static (n, i) => FormattableString.Invariant($"{n} = _u.v{i}")));
        return new Translation(
            $"CREATE OR REPLACE TEMP TABLE _changed AS {with}SELECT DISTINCT ON (_r) {rowId} AS _r, {old}, {changed} FROM {source}{where}",
            Parameters, columns)
        {
            Into = into,
            Target = table,
            Then =
            [
                $"UPDATE {table.NativeName} AS _t SET {sets} FROM {Aside} AS _u WHERE _t.rowid = _u._r",
                $"SELECT {string.Join(", ", list)} FROM {Aside}",
            ],
        };

        void Add(Identifier prefix, CatalogColumn column, string name, TSqlFragment at)
        {
            var set = names.IndexOf(Quote.Name(column.Name));
            var isNew = prefix.Value.Equals("inserted", StringComparison.OrdinalIgnoreCase);
            if (!isNew && !IsDeleted(prefix) || isNew && column.IsComputed)
            {
                throw Refuse.Construct(at, isNew
                    ? "OUTPUT inserted of a computed column beside deleted"
                    : "OUTPUT of anything but inserted.column and deleted.column");
            }

            list.Add(isNew && set >= 0
                ? FormattableString.Invariant($"CAST(v{set} AS {TypeRules.Native(column.Type)})")
                : FormattableString.Invariant($"o{stored.Find(c => c.Column == column).At}"));
            columns.Add(new ResultColumn(name, column.Type, column.IsNullable));
        }
    }

    /// <summary>Where UPDATE with both sides in its OUTPUT puts the rows that it changes.</summary>
    internal const string Aside = "temp.main._changed";

    private static string SourceAlias(UpdateSpecification specification, CatalogObject table) =>
        specification.Target is NamedTableReference { Alias: { } a } ? a.Value : table.Name;

    /// <summary>SET @x += value and its like, as a query of the new value.</summary>
    internal Translation Compound(SetVariableStatement statement, SqlType type)
    {
        var value = In(Clause.Select, () => Combined(
            statement.AssignmentKind, Variable(statement.Variable), Expression(statement.Expression, new Scope(null)), statement));
        value = AssignedTo(value, type, statement);
        return new Translation("SELECT " + value.Sql, Parameters, [new ResultColumn("", value.Type, value.IsNullable)]);
    }

    private static BoundExpression Combined(
        AssignmentKind kind, BoundExpression current, BoundExpression value, TSqlFragment at) =>
        CompoundOperators.TryGetValue(kind, out var operation)
            ? Binary(operation, current, value, at)
            : throw Refuse.Construct(at, Describe(at));

    internal Translation Delete(DeleteStatement statement)
    {
        var specification = statement.DeleteSpecification;
        Depths(statement.OptimizerHints);
        var with = With(statement.WithCtesAndXmlNamespaces);
        Hints(statement.OptimizerHints);
        if (specification.TopRowFilter is not null)
        {
            throw Refuse.Construct(specification, "DELETE with TOP");
        }

        var scope = new Scope(null);
        var (table, from, row) = Joined(specification.Target, specification.FromClause, scope);
        var where = specification.WhereClause is null
            ? ""
            : " WHERE " + In(Clause.Where, () => Predicate(Searched(specification.WhereClause), scope));
        var output = Output(specification, table, "deleted");
        if (specification.FromClause is null)
        {
            return new Translation(
                $"{with}DELETE FROM {table.NativeName} AS {Quote.Name(scope.Sources[0].Alias)}{where}{output.Sql}",
                Parameters, output.Columns) { Into = output.Into, Target = table };
        }

        return new Translation(
            $"{with}DELETE FROM {table.NativeName} AS _t WHERE _t.rowid IN (SELECT {row} FROM {from}{where}){output.Sql}",
            Parameters, output.Columns) { Into = output.Into, Target = table };
    }

    private static BooleanExpression Searched(WhereClause clause) =>
        clause.SearchCondition ?? throw Refuse.Construct(clause, "WHERE CURRENT OF");

    /// <summary>The table a statement changes, the FROM around it, and the text that names its row.</summary>
    private (CatalogObject Table, string From, string Row) Joined(TableReference target, FromClause? from, Scope scope)
    {
        if (from is null)
        {
            var alone = Target(target);
            var name = target is NamedTableReference { Alias: { } a } ? a.Value : alone.Name;
            Expose(scope, target, name, null, TableColumns(alone, name));
            return (alone, "", "");
        }

        var sql = From(from, scope);
        if (target is not NamedTableReference { SchemaObject: { } written })
        {
            throw Refuse.Construct(target, Describe(target));
        }

        // The target is an alias of the FROM clause, or the name of a table in it.
        var alias = written.BaseIdentifier.Value;
        var source = scope.Sources.Find(s => string.Equals(s.Alias, alias, StringComparison.Ordinal))
            ?? throw Refuse.At(target, 208, $"Invalid object name '{Refuse.TextOf(written)}'. UPDATE and DELETE with FROM name their target as FROM does.");
        var row = source.Columns.FirstOrDefault(static c => c.Name == RowId)?.Sql
            ?? throw Refuse.Construct(target, "UPDATE or DELETE of what is no table");
        var reference = Find(from.TableReferences, alias)
            ?? throw Refuse.At(target, 208, $"Invalid object name '{Refuse.TextOf(written)}'.");
        return (Target(reference), sql, row);
    }

    private static TableReference? Find(IEnumerable<TableReference> references, string alias)
    {
        foreach (var reference in references)
        {
            var found = reference switch
            {
                NamedTableReference t => string.Equals(
                    t.Alias?.Value ?? t.SchemaObject.BaseIdentifier.Value, alias, StringComparison.Ordinal) ? t : null,
                VariableTableReference { Alias: { } name } t =>
                    string.Equals(name.Value, alias, StringComparison.Ordinal) ? t : null,
                JoinTableReference t => Find([t.FirstTableReference, t.SecondTableReference], alias),
                JoinParenthesisTableReference t => Find([t.Join], alias),
                _ => null,
            };
            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }

    private CatalogObject Target(TableReference target)
    {
        var table = target switch
        {
            NamedTableReference t => Relation(t.SchemaObject, t),
            VariableTableReference t => _context.Temporary(t.Variable.Name)
                ?? throw Refuse.At(t, 1087, $"Must declare the table variable \"{t.Variable.Name}\"."),
            _ => throw Refuse.Construct(target, Describe(target)),
        };
        return table.Kind == ObjectKind.Table
            ? table
            : throw Refuse.Construct(target, $"a change of {table.FullName}, which is no table");
    }

    private static CatalogColumn TargetColumn(CatalogObject table, string name, TSqlFragment at) =>
        table.Columns.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.Ordinal))
            ?? throw Refuse.At(at, 207, $"Invalid column name '{name}'.");

    /// <summary>A column that a statement gives a value.</summary>
    private static CatalogColumn Written(CatalogObject table, ColumnReferenceExpression at)
    {
        var column = TargetColumn(table, at.MultiPartIdentifier.Identifiers[^1].Value, at);
        return column.IsComputed ? throw Refuse.At(at, 271, Refuse.ComputedText(column.Name)) : column;
    }

    /// <summary>A value in the type of the column that stores it; what is too long is error 2628, never cut.</summary>
    private static BoundExpression Stored(BoundExpression value, CatalogColumn column, CatalogObject table, TSqlFragment at)
    {
        var stored = value.Type.IsText && column.Type.IsText ? value : Conversions.Implicit(value, column.Type, at);
        var longest = value.Type switch
        {
            { Length: SqlType.Max } => int.MaxValue,
            { Kind: SqlKind.NVarChar } when column.Type.Kind == SqlKind.VarChar => value.Type.Length * MostBytes,
            var type => type.Length,
        };
        if (column.Type.Length <= 0 || longest <= column.Type.Length)
        {
            return stored;
        }

        var n = column.Type.Length.ToString(CultureInfo.InvariantCulture);
        var (length, cut) = column.Type.Kind switch
        {
            SqlKind.VarChar => ($"strlen({stored.Sql})", $"left({stored.Sql}, {n})"),
            SqlKind.NVarChar => ($"length({stored.Sql})", $"left({stored.Sql}, {n})"),
            SqlKind.VarBinary => ($"octet_length({stored.Sql})", $"'0x' || left(hex({stored.Sql}), 2 * {n})"),
            _ => throw new InvalidOperationException("No length of " + column.Type),
        };
        var text = Quote.Text(
            $"[2628] String or binary data would be truncated in table '{SystemViews.FullName(table)}', column '{column.Name}'. Truncated value: '");
        return stored with { Sql = $"(CASE WHEN {length} > {n} THEN error({text} || {cut} || '''.') ELSE {stored.Sql} END)" };
    }

    /// <summary>The most bytes of UTF-8 that a character of nvarchar takes.</summary>
    private const int MostBytes = 3;

    private static void OnlyOnce(IEnumerable<ColumnReferenceExpression> columns)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var column in columns)
        {
            var name = column.MultiPartIdentifier.Identifiers[^1].Value;
            if (!seen.Add(name))
            {
                throw Refuse.At(column, 264,
                    $"The column name '{name}' is specified more than once in the SET clause or column list of an INSERT.");
            }
        }
    }

    private static LocalSqlException NotAsMany(TSqlFragment at) =>
        Refuse.At(at, 213, "Column name or number of supplied values does not match table definition.");

    private string InsertValues(
        ValuesInsertSource source, CatalogObject table, List<CatalogColumn> columns, bool hasList)
    {
        var rows = new List<string>();
        foreach (var row in source.RowValues)
        {
            if (row.ColumnValues.Count != columns.Count)
            {
                throw !hasList ? NotAsMany(row) : Refuse.At(row, row.ColumnValues.Count < columns.Count ? 109 : 110, string.Create(
                    CultureInfo.InvariantCulture,
                    $"There are {columns.Count} columns in the INSERT statement and {row.ColumnValues.Count} values in the VALUES clause."));
            }

            rows.Add("(" + string.Join(", ", row.ColumnValues.Select((v, i) => v is DefaultLiteral
                ? "DEFAULT"
                : Stored(In(Clause.Select, () => Expression(v, new Scope(null))), columns[i], table, v).Sql)) + ")");
        }

        return "VALUES " + string.Join(", ", rows);
    }

    private string InsertSelect(
        SelectInsertSource source, CatalogObject table, List<CatalogColumn> columns, bool hasList)
    {
        var query = Query(source.Select, new Scope(null));
        if (query.Columns.Count != columns.Count)
        {
            throw !hasList ? NotAsMany(source) : Refuse.At(source, query.Columns.Count < columns.Count ? 120 : 121, string.Create(
                CultureInfo.InvariantCulture,
                $"The select list for the INSERT statement has {query.Columns.Count} items and the insert list {columns.Count} columns."));
        }

        var alias = Generated("i");
        var converted = query.Columns.Select((c, i) => Stored(
            new BoundExpression($"{alias}.{Quote.Name(c.NativeName)}", c.Type, c.IsNullable) { IsUtc = c.IsUtc, MayEndInBlank = c.MayEndInBlank },
            columns[i], table, source).Sql).ToList();
        var same = converted.Select((sql, i) => sql == $"{alias}.{Quote.Name(query.Columns[i].NativeName)}").All(static x => x);
        return same
            ? query.Sql
            : $"SELECT {string.Join(", ", converted)} FROM ({query.Sql}) AS {alias}";
    }

    /// <summary>OUTPUT inserted.x of INSERT and UPDATE, deleted.x of DELETE: what DuckDB's RETURNING gives.</summary>
    private OutputText Output(
        DataModificationSpecification statement, CatalogObject table, string rows, string qualifier = "")
    {
        if (statement is { OutputClause: null, OutputIntoClause: null })
        {
            return new OutputText("", null, null);
        }

        if (statement is { OutputClause: not null, OutputIntoClause: not null })
        {
            throw Refuse.Construct(statement.OutputClause, "OUTPUT beside OUTPUT … INTO");
        }

        var selected = statement.OutputIntoClause?.SelectColumns ?? statement.OutputClause!.SelectColumns;
        var list = new List<string>();
        var columns = new List<ResultColumn>();
        foreach (var element in selected)
        {
            if (element is SelectStarExpression { Qualifier.Identifiers: [var all] }
                && all.Value.Equals(rows, StringComparison.OrdinalIgnoreCase))
            {
                list.AddRange(table.Columns.Select(c => qualifier + Quote.Name(c.Name)));
                columns.AddRange(table.Columns.Select(static c => new ResultColumn(c.Name, c.Type, c.IsNullable)));
                continue;
            }

            if (element is not SelectScalarExpression
                {
                    Expression: ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [var prefix, var name] },
                } item || !prefix.Value.Equals(rows, StringComparison.OrdinalIgnoreCase))
            {
                throw Refuse.Construct(element, $"OUTPUT of anything but {rows}.column here");
            }

            var column = TargetColumn(table, name.Value, element);
            list.Add(qualifier + Quote.Name(column.Name));
            columns.Add(new ResultColumn(item.ColumnName?.Value ?? column.Name, column.Type, column.IsNullable));
        }

        return new OutputText(
            " RETURNING " + string.Join(", ", list), columns,
            statement.OutputIntoClause is { } into ? Into(into, columns) : null);
    }

    private OutputTarget Into(OutputIntoClause clause, List<ResultColumn> values)
    {
        var table = Target(clause.IntoTable);
        var columns = clause.IntoTableColumns.Count > 0
            ? [.. clause.IntoTableColumns.Select(c => Written(table, c))]
            : table.Columns.Where(static c => c is { IsIdentity: false, IsComputed: false }).ToList();
        if (columns.Count != values.Count)
        {
            throw Refuse.At(clause, 213, "Column name or number of supplied values does not match table definition.");
        }

        for (var i = 0; i < columns.Count; i++)
        {
            Stored(new BoundExpression("", values[i].Type), columns[i], table, clause);
        }

        return new OutputTarget(table, columns);
    }

    /// <summary>RETURNING, the columns it gives, and where they go.</summary>
    private sealed record OutputText(string Sql, IReadOnlyList<ResultColumn>? Columns, OutputTarget? Into);

    internal BoundExpression TemporaryObjectId(string name) => _context.Temporary(name) is null
        ? new BoundExpression("CAST(NULL AS INTEGER)", SqlType.Int)
        : new BoundExpression("-1", SqlType.Int, false);
}

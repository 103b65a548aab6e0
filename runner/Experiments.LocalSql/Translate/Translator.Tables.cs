using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

internal sealed partial class Translator
{
    /// <summary>The hidden column that names a row of a base table, for UPDATE and DELETE over joins.</summary>
    private const string RowId = "\0rowid";

    internal string From(FromClause clause, Scope scope, Scope? outer = null)
    {
        outer ??= scope.OuterScope ?? new Scope(null);
        var sql = "";
        foreach (var reference in clause.TableReferences)
        {
            sql += (sql.Length > 0 ? " CROSS JOIN " : "") + In(Clause.From, () => Table(reference, scope, outer));
        }

        return sql;
    }

    private string NamedTable(NamedTableReference reference, Scope scope)
    {
        if (reference.TableSampleClause is not null || reference.TemporalClause is not null)
        {
            throw Refuse.Construct(reference, Describe(reference));
        }

        foreach (var hint in reference.TableHints)
        {
            if (hint.HintKind is not (TableHintKind.TabLock or TableHintKind.UpdLock or TableHintKind.HoldLock
                or TableHintKind.Rowlock or TableHintKind.Serializable))
            {
                throw Refuse.Construct(hint, "the table hint " + Refuse.TextOf(hint));
            }
        }

        var name = reference.SchemaObject;
        var table = name.BaseIdentifier.Value;
        if (name.SchemaIdentifier is null)
        {
            for (var i = _commonTables.Count - 1; i >= 0; i--)
            {
                if (_commonTables[i].TryGetValue(table, out var columns))
                {
                    return Add(scope, reference, reference.Alias?.Value ?? table, null, Quote.Name(table),
                        [.. columns.Select(c => c with { Sql = Qualified(reference.Alias?.Value ?? table, c.Name) })]);
                }
            }
        }

        var item = Relation(name, reference);
        var alias = reference.Alias?.Value ?? table;
        return Add(scope, reference, alias, reference.Alias is null ? item.Schema : null, item.NativeName,
            TableColumns(item, alias));
    }

    /// <summary>Finds the table or view a name means; error 208 where there is none.</summary>
    internal CatalogObject Relation(SchemaObjectName name, TSqlFragment at)
    {
        if (name.ServerIdentifier is not null || name.DatabaseIdentifier is not null)
        {
            throw Refuse.Construct(at, $"the name {Refuse.TextOf(name)} (two parts at the most)");
        }

        var table = name.BaseIdentifier.Value;
        var item = table.StartsWith('#')
            ? _context.Temporary(table)
            : _context.Catalog.Find(name.SchemaIdentifier?.Value ?? "dbo", table);
        return item is { IsRelation: true }
            ? item
            : throw Refuse.At(at, 208, $"Invalid object name '{Refuse.TextOf(name)}'.");
    }

    private static List<SourceColumn> TableColumns(CatalogObject item, string alias)
    {
        List<SourceColumn> columns =
            [.. item.Columns.Select(c => new SourceColumn(c.Name, c.Type, c.IsNullable, Qualified(alias, c.Name)))];
        if (item.Kind == ObjectKind.Table)
        {
            columns.Add(new SourceColumn(RowId, SqlType.BigInt, false, Quote.Name(alias) + ".rowid"));
        }

        return columns;
    }

    private static string Qualified(string alias, string column) => Quote.Name(alias) + "." + Quote.Name(column);

    private static string Add(
        Scope scope, TSqlFragment at, string alias, string? schema, string native, IReadOnlyList<SourceColumn> columns)
    {
        Expose(scope, at, alias, schema, columns);
        return native + " AS " + Quote.Name(alias);
    }

    private static void Expose(
        Scope scope, TSqlFragment at, string alias, string? schema, IReadOnlyList<SourceColumn> columns)
    {
        if (scope.Sources.Exists(s => string.Equals(s.Alias, alias, StringComparison.Ordinal)
            && string.Equals(s.Schema, schema, StringComparison.Ordinal)))
        {
            throw at is TableReferenceWithAlias { Alias: null }
                ? Refuse.At(at, 1013, $"The objects \"{alias}\" and \"{alias}\" in the FROM clause have the same exposed names. Use correlation names to distinguish them.")
                : Refuse.At(at, 1011, $"The correlation name '{alias}' is specified multiple times in a FROM clause.");
        }

        scope.Sources.Add(new Source(alias, schema, columns));
    }

    private string TableVariable(VariableTableReference reference, Scope scope)
    {
        var item = _context.Temporary(reference.Variable.Name)
            ?? throw Refuse.At(reference, 1087, $"Must declare the table variable \"{reference.Variable.Name}\".");
        var alias = reference.Alias?.Value ?? reference.Variable.Name;
        return Add(scope, reference, alias, null, item.NativeName, TableColumns(item, alias));
    }

    private string Derived(QueryDerivedTable reference, Scope scope, Scope outer, string lateral)
    {
        var query = In(Clause.Select, () => Query(reference.QueryExpression, outer, isNested: true));
        return AddDerived(scope, reference, reference.Alias.Value, query, reference.Columns, lateral);
    }

    private static string AddDerived(
        Scope scope, TSqlFragment at, string alias, BoundQuery query, IList<Identifier> names, string lateral)
    {
        var columns = Renamed(query, names, alias, at);
        Expose(scope, at, alias, null, [.. columns.Select(c => c with { Sql = Qualified(alias, c.Name) })]);
        return lateral + "(" + query.Sql + ") AS " + Quote.Name(alias)
            + "(" + string.Join(", ", columns.Select(static c => Quote.Name(c.Name))) + ")";
    }

    private string Values(InlineDerivedTable reference, Scope scope, Scope outer, string lateral)
    {
        var (rows, types, nullable, blanks) = RowValues(reference.RowValues, outer, reference);
        if (reference.Columns.Count != types.Count)
        {
            throw Refuse.At(reference, reference.Columns.Count < types.Count ? 8158 : 8159,
                $"'{reference.Alias.Value}' has {types.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)} columns and another number of names.");
        }

        var alias = reference.Alias.Value;
        Expose(scope, reference, alias, null,
            [.. reference.Columns.Select((c, i) => new SourceColumn(
                c.Value, types[i], nullable[i], Qualified(alias, c.Value), MayEndInBlank: blanks[i]))]);
        var values = lateral.Length > 0
            ? string.Join(" UNION ALL ", rows.Select(static r => "SELECT " + string.Join(", ", r)))
            : "VALUES " + string.Join(", ", rows.Select(static r => "(" + string.Join(", ", r) + ")"));
        return $"{lateral}({values}) AS {Quote.Name(alias)}({string.Join(", ", reference.Columns.Select(static c => Quote.Name(c.Value)))})";
    }

    /// <summary>Rows of expressions in the common type of each column.</summary>
    private (List<List<string>> Rows, List<SqlType> Types, List<bool> Nullable, List<bool> Blanks) RowValues(
        IList<RowValue> rows, Scope scope, TSqlFragment at)
    {
        var bound = rows.Select(r => In(Clause.Select, () => Arguments(r.ColumnValues, scope))).ToList();
        var width = bound[0].Count;
        if (bound.Exists(r => r.Count != width))
        {
            throw Refuse.At(at, 10709, "The number of columns for each row in a table value constructor must be the same.");
        }

        var types = new List<SqlType>();
        var nullable = new List<bool>();
        var blanks = new List<bool>();
        for (var i = 0; i < width; i++)
        {
            var type = bound.Select(r => r[i].Type).Aggregate(TypeRules.Combine);
            types.Add(type.Kind == SqlKind.Null ? SqlType.Int : type);
            nullable.Add(bound.Exists(r => r[i].IsNullable));
            blanks.Add(bound.Exists(r => r[i].MayEndInBlank));
        }

        return ([.. bound.Select(r => r.Select((v, i) => Conversions.Implicit(v, types[i], at).Sql).ToList())], types, nullable, blanks);
    }

    /// <summary>STRING_SPLIT: one row a part, in the column value; no row for NULL.</summary>
    private string Split(GlobalFunctionTableReference reference, Scope scope, Scope outer, string lateral)
    {
        if (!reference.Name.Value.Equals("STRING_SPLIT", StringComparison.OrdinalIgnoreCase) || reference.Parameters.Count != 2)
        {
            throw Refuse.Construct(reference, Describe(reference));
        }

        var text = In(Clause.Select, () => Expression(reference.Parameters[0], outer));
        var separator = In(Clause.Select, () => Expression(reference.Parameters[1], outer));
        if (!text.Type.IsText && text.Type.Kind != SqlKind.Null)
        {
            throw Refuse.At(reference, 8116, $"Argument data type {text.Type} is invalid for argument 1 of string_split function.");
        }

        if (separator.TextLiteral is not { Length: 1 })
        {
            throw Refuse.At(reference, 214, "Procedure expects parameter 'separator' of type 'nchar(1)/nvarchar(1)'.");
        }

        var alias = reference.Alias?.Value ?? reference.Name.Value;
        Expose(scope, reference, alias, null, [new SourceColumn("value", text.Type, true, Qualified(alias, "value"), MayEndInBlank: true)]);
        return $"{lateral}(SELECT unnest(string_split({text.Sql}, {separator.Sql}))) AS {Quote.Name(alias)}(\"value\")";
    }

    private string TableFunction(
        SchemaObjectFunctionTableReference reference, Scope scope, Scope outer, string lateral)
    {
        var alias = reference.Alias?.Value ?? reference.SchemaObject.BaseIdentifier.Value;
        var (query, prefix) = Expand(reference, outer);
        if (prefix is null)
        {
            return AddDerived(scope, reference, alias, query, reference.Columns, lateral);
        }

        var body = Generated("f");
        var wrapped = query with { Sql = $"SELECT {body}.* FROM {prefix} CROSS JOIN LATERAL ({query.Sql}) AS {body}" };
        return AddDerived(scope, reference, alias, wrapped, reference.Columns, lateral);
    }

    /// <summary>
    /// An inline function's query with its arguments in place. Arguments that are more than a column, or a column of a
    /// table whose name the function uses too, are named first, in a one-row query in front (second result), so that no
    /// name inside the function can capture them.
    /// </summary>
    private (BoundQuery Query, string? Prefix) Expand(SchemaObjectFunctionTableReference reference, Scope outer)
    {
        var name = reference.SchemaObject;
        var item = _context.Catalog.Find(name.SchemaIdentifier?.Value ?? "dbo", name.BaseIdentifier.Value);
        if (item is not { Kind: ObjectKind.TableFunction })
        {
            throw Refuse.At(reference, 208, $"Invalid object name '{Refuse.TextOf(name)}'.");
        }

        var function = Parsed.Function(item.Definition);
        if (function.Parameters.Count != reference.Parameters.Count)
        {
            throw Refuse.At(reference, reference.Parameters.Count < function.Parameters.Count ? 313 : 8144,
                FormattableString.Invariant($"{item.FullName} takes {function.Parameters.Count} arguments; {reference.Parameters.Count} were given."));
        }

        var named = new List<string>();
        var holder = Generated("a");
        var inside = ExposedNames.Of(Parsed.SelectOf(function));
        var values = new Dictionary<string, BoundExpression>(StringComparer.Ordinal);
        for (var i = 0; i < function.Parameters.Count; i++)
        {
            var parameter = function.Parameters[i];
            var argument = reference.Parameters[i];
            var value = AssignedTo(
                In(Clause.Select, () => Expression(argument, outer)), TypeRules.FromName(parameter.DataType), argument);
            value = value with { Type = TypeRules.FromName(parameter.DataType) };
            if (argument is not (Literal or VariableReference or ColumnReferenceExpression)
                || inside.Any(n => value.Sql.Contains(Quote.Name(n) + ".", StringComparison.OrdinalIgnoreCase)))
            {
                named.Add($"{value.Sql} AS \"p{i.ToString(System.Globalization.CultureInfo.InvariantCulture)}\"");
                value = new BoundExpression(
                    $"{holder}.\"p{i.ToString(System.Globalization.CultureInfo.InvariantCulture)}\"", value.Type, value.IsNullable)
                {
                    MayEndInBlank = value.MayEndInBlank,
                };
            }

            values.Add(parameter.VariableName.Value, value);
        }

        var savedArguments = new Dictionary<string, BoundExpression>(_arguments, StringComparer.Ordinal);
        var savedTables = _commonTables.ToList();
        _commonTables.Clear();
        _arguments.Clear();
        foreach (var (key, value) in values)
        {
            _arguments.Add(key, value);
        }

        try
        {
            var query = In(Clause.Select, () => Definition(Parsed.SelectOf(function)));
            return (query, named.Count > 0 ? $"(SELECT {string.Join(", ", named)}) AS {holder}" : null);
        }
        finally
        {
            _arguments.Clear();
            foreach (var (key, value) in savedArguments)
            {
                _arguments.Add(key, value);
            }

            _commonTables.Clear();
            _commonTables.AddRange(savedTables);
        }
    }

    private string Join(QualifiedJoin join, Scope scope, Scope outer)
    {
        if (join.JoinHint != JoinHint.None)
        {
            throw Refuse.Construct(join, "a join hint");
        }

        if (join.QualifiedJoinType != QualifiedJoinType.Inner && Subqueries.In(join.SearchCondition) is { } subquery)
        {
            throw Refuse.Construct(subquery, "a subquery in the ON of an outer join (write OUTER APPLY)");
        }

        var leftCount = scope.Sources.Count;
        var left = Table(join.FirstTableReference, scope, outer);
        var middle = scope.Sources.Count;
        var right = Table(join.SecondTableReference, scope, outer);
        var condition = In(Clause.Where, () => Predicate(join.SearchCondition, JoinScope(scope, leftCount)));
        if (!Joins.TryGetValue(join.QualifiedJoinType, out var word))
        {
            throw Refuse.Construct(join, Describe(join));
        }

        if (join.QualifiedJoinType is QualifiedJoinType.RightOuter or QualifiedJoinType.FullOuter)
        {
            MakeNullable(scope, leftCount, middle);
        }

        if (join.QualifiedJoinType is QualifiedJoinType.LeftOuter or QualifiedJoinType.FullOuter)
        {
            MakeNullable(scope, middle, scope.Sources.Count);
        }

        return left + " " + word + " " + right + " ON " + condition;
    }

    /// <summary>A join condition sees the tables of its own join only, and what lies outside the query.</summary>
    private static Scope JoinScope(Scope scope, int from)
    {
        if (from == 0)
        {
            return scope;
        }

        var inner = new Scope(scope.OuterScope);
        inner.Sources.AddRange(scope.Sources.Skip(from));
        return inner;
    }

    private static void MakeNullable(Scope scope, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            scope.Sources[i] = scope.Sources[i] with
            {
                Columns = [.. scope.Sources[i].Columns.Select(static c => c with { IsNullable = true })],
            };
        }
    }

    private string Unqualified(UnqualifiedJoin join, Scope scope, Scope outer)
    {
        var start = scope.Sources.Count;
        var left = Table(join.FirstTableReference, scope, outer);
        if (!Applications.ContainsKey(join.UnqualifiedJoinType))
        {
            throw Refuse.Construct(join, Describe(join));
        }

        if (join.UnqualifiedJoinType == UnqualifiedJoinType.CrossJoin)
        {
            return left + " CROSS JOIN " + Table(join.SecondTableReference, scope, outer);
        }

        if (Computed(join.SecondTableReference, scope) is { } computed)
        {
            return Project(left, computed.Alias, computed.Columns, scope, start, join);
        }

        var isOuter = join.UnqualifiedJoinType == UnqualifiedJoinType.OuterApply;
        var middle = scope.Sources.Count;
        var right = join.SecondTableReference switch
        {
            QueryDerivedTable t => Derived(t, scope, scope, "LATERAL "),
            InlineDerivedTable t => Values(t, scope, scope, "LATERAL "),
            SchemaObjectFunctionTableReference t => TableFunction(t, scope, scope, "LATERAL "),
            GlobalFunctionTableReference t => Split(t, scope, scope, "LATERAL "),
            _ => Table(join.SecondTableReference, scope, outer),
        };
        if (isOuter)
        {
            MakeNullable(scope, middle, scope.Sources.Count);
            return left + " LEFT JOIN " + right + " ON true";
        }

        return left + " CROSS JOIN " + right;
    }

    /// <summary>
    /// The columns of an APPLY that gives exactly one row a row: expressions only, no table. Such an APPLY is a
    /// projection, which DuckDB runs several times faster than a lateral join. Null where it is anything else.
    /// </summary>
    private (string Alias, List<SourceColumn> Columns)? Computed(TableReference reference, Scope scope)
    {
        switch (reference)
        {
            case QueryDerivedTable { QueryExpression: QuerySpecification q } t when IsComputation(q):
                return (t.Alias.Value, ComputedColumns(q, t.Columns, t.Alias.Value, t, scope));
            case InlineDerivedTable { RowValues: [var row] } t when t.Columns.Count == row.ColumnValues.Count:
                var values = In(Clause.Select, () => Arguments(row.ColumnValues, scope));
                return (t.Alias.Value,
                    [.. values.Select((v, i) => new SourceColumn(
                        t.Columns[i].Value, v.Type, v.IsNullable, v.Sql, v.IsUtc, v.MayEndInBlank))]);
            case SchemaObjectFunctionTableReference f:
                var item = _context.Catalog.Find(
                    f.SchemaObject.SchemaIdentifier?.Value ?? "dbo", f.SchemaObject.BaseIdentifier.Value);
                if (item is not { Kind: ObjectKind.TableFunction }
                    || Parsed.SelectOf(Parsed.Function(item.Definition)) is not { WithCtesAndXmlNamespaces: null } select
                    || Unwrapped(select.QueryExpression) is not QuerySpecification body
                    || !IsComputation(body)
                    || f.Parameters.Any(static p => p is not (Literal or VariableReference or ColumnReferenceExpression)))
                {
                    return null;
                }

                var (query, prefix) = Expand(f, scope);
                return prefix is null ? (f.Alias?.Value ?? item.Name, Expressions(query)) : null;
            default:
                return null;
        }

        // The function's query is "SELECT e AS n, …": its expressions are kept beside its text.
        List<SourceColumn> Expressions(BoundQuery query)
        {
            var holder = Generated("f");
            return [.. query.Columns.Select(c => new SourceColumn(
                c.Name, c.Type, c.IsNullable, $"({SelectedExpression(query, c.NativeName, holder)})", c.IsUtc, c.MayEndInBlank))];
        }
    }

    private string SelectedExpression(BoundQuery query, string column, string holder) =>
        _selected.TryGetValue((query.Sql, column), out var sql)
            ? sql
            : $"SELECT {holder}.{Quote.Name(column)} FROM ({query.Sql}) AS {holder}";

    private static QueryExpression Unwrapped(QueryExpression query) =>
        query is QueryParenthesisExpression inner ? Unwrapped(inner.QueryExpression) : query;

    private static bool IsComputation(QuerySpecification query) =>
        query is
        {
            FromClause: null, WhereClause: null, GroupByClause: null, HavingClause: null, TopRowFilter: null,
            OrderByClause: null, OffsetClause: null, UniqueRowFilter: UniqueRowFilter.NotSpecified,
        };

    private List<SourceColumn> ComputedColumns(
        QuerySpecification query, IList<Identifier> names, string alias, TSqlFragment at, Scope scope)
    {
        var bound = In(Clause.Select, () => Query(query, scope, isNested: true));
        var renamed = Renamed(bound, names, alias, at);
        return [.. renamed.Select((c, i) => c with
        {
            Sql = SelectedExpression(bound, bound.Columns[i].NativeName, Generated("f")),
        })];
    }

    /// <summary>Adds computed columns to what is left of an APPLY, as one projection over it.</summary>
    private string Project(
        string left, string alias, List<SourceColumn> computed, Scope scope, int start, TSqlFragment at)
    {
        var holder = Generated("p");
        var list = new List<string>();
        for (var i = start; i < scope.Sources.Count; i++)
        {
            scope.Sources[i] = scope.Sources[i] with { Columns = [.. scope.Sources[i].Columns.Select(Carry)] };
        }

        var added = computed.Select(Carry).ToList();
        Expose(scope, at, alias, null, added);
        return $"(SELECT {string.Join(", ", list)} FROM {left}) AS {holder}";

        SourceColumn Carry(SourceColumn column)
        {
            var name = "k" + list.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
            list.Add(column.Sql + " AS " + name);
            return column with { Sql = holder + "." + name };
        }
    }

    /// <summary>The names that tables have inside a query; DuckDB compares them without regard to case.</summary>
    private sealed class ExposedNames : TSqlFragmentVisitor
    {
        private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);

        internal static HashSet<string> Of(TSqlFragment query)
        {
            var visitor = new ExposedNames();
            query.Accept(visitor);
            return visitor._names;
        }

        public override void Visit(TableReferenceWithAlias node)
        {
            if (node.Alias is { } alias)
            {
                _names.Add(alias.Value);
            }
        }

        public override void Visit(NamedTableReference node) => _names.Add(node.SchemaObject.BaseIdentifier.Value);

        public override void Visit(SchemaObjectFunctionTableReference node) =>
            _names.Add(node.SchemaObject.BaseIdentifier.Value);
    }

    /// <summary>Finds a subquery inside a condition.</summary>
    private sealed class Subqueries : TSqlFragmentVisitor
    {
        private TSqlFragment? _found;

        internal static TSqlFragment? In(TSqlFragment condition)
        {
            var visitor = new Subqueries();
            condition.Accept(visitor);
            return visitor._found;
        }

        public override void Visit(QuerySpecification node) => _found ??= node;
    }
}

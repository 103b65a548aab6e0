using System.Text;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

/// <summary>A translated query: its text and its columns; an unnamed column has an empty name.</summary>
internal sealed record BoundQuery(string Sql, IReadOnlyList<QueryColumn> Columns);

/// <summary>A column of a query; <paramref name="NativeName"/> is its name in DuckDB.</summary>
internal sealed record QueryColumn(
    string Name, string NativeName, SqlType Type, bool IsNullable, bool IsUtc, bool MayEndInBlank = false);

internal sealed partial class Translator
{
    private const string OrderByIsInvalid =
        "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP or OFFSET is also specified.";

    /// <summary>A whole SELECT statement, its WITH clause included.</summary>
    internal Translation Select(SelectStatement statement)
    {
        Depths(statement.OptimizerHints);
        var with = With(statement.WithCtesAndXmlNamespaces);
        var query = Query(statement.QueryExpression, new Scope(null));
        Hints(statement.OptimizerHints);
        return new Translation(
            with + query.Sql, Parameters,
            [.. query.Columns.Select(static c => new ResultColumn(c.Name, c.Type, c.IsNullable))]);
    }

    /// <summary>SELECT … INTO: the columns and the query that fills them.</summary>
    internal BoundQuery SelectInto(SelectStatement statement)
    {
        Refuse.UnlessPrimary(statement.On is null ? null : new IdentifierOrValueExpression { Identifier = statement.On }, statement);
        Depths(statement.OptimizerHints);
        var with = With(statement.WithCtesAndXmlNamespaces);
        var query = Query(statement.QueryExpression, new Scope(null));
        Hints(statement.OptimizerHints);
        Named(query, statement, unnamed: 1038, twice: 2705);
        return query with { Sql = with + query.Sql };
    }

    /// <summary>The query of a view or an inline function, with the WITH clause in front.</summary>
    /// <param name="statement">The query as it was defined.</param>
    /// <param name="hasNames">Whether a list of names stands beside it, so that its columns need none.</param>
    internal BoundQuery Definition(SelectStatement statement, bool hasNames = false)
    {
        var with = With(statement.WithCtesAndXmlNamespaces);
        var query = Query(statement.QueryExpression, new Scope(null));
        if (!hasNames)
        {
            Named(query, statement, unnamed: 4511, twice: 4506);
        }

        return query with { Sql = with + query.Sql };
    }

    /// <summary>Binds the query of an inline function, its parameters standing for themselves.</summary>
    internal BoundQuery Function(FunctionStatementBody function)
    {
        foreach (var parameter in function.Parameters)
        {
            var type = TypeRules.FromName(parameter.DataType);
            _arguments.Add(parameter.VariableName.Value, new BoundExpression($"CAST(NULL AS {TypeRules.Native(type)})", type));
        }

        var select = Parsed.SelectOf(function);
        if (select.QueryExpression is { OrderByClause: { } order, OffsetClause: null } query && !HasTop(query))
        {
            throw Refuse.At(order, 1033, OrderByIsInvalid);
        }

        return Definition(select);
    }

    /// <summary>SELECT @a = x, @b = y …: a query whose last row is assigned.</summary>
    internal (Translation Query, IReadOnlyList<SelectSetVariable> Targets) Assignment(SelectStatement statement)
    {
        Depths(statement.OptimizerHints);
        var with = With(statement.WithCtesAndXmlNamespaces);
        var specification = (QuerySpecification)statement.QueryExpression;
        var targets = new List<SelectSetVariable>();
        foreach (var element in specification.SelectElements)
        {
            if (element is not SelectSetVariable { AssignmentKind: AssignmentKind.Equals } set)
            {
                throw Refuse.At(element, 141,
                    "A SELECT statement that assigns a value to a variable must not be combined with data-retrieval operations.");
            }

            targets.Add(set);
        }

        var query = Query(specification, new Scope(null));
        var columns = query.Columns
            .Select(static c => new ResultColumn(c.Name, c.Type, c.IsNullable)).ToList();
        return (new Translation(with + query.Sql, Parameters, columns), targets);
    }

    /// <summary>A scalar or boolean expression on its own, as SET, IF and WHILE evaluate them.</summary>
    internal Translation Scalar(ScalarExpression expression, SqlType? target)
    {
        var value = In(Clause.Select, () => Expression(expression, new Scope(null)));
        if (target is not null)
        {
            value = AssignedTo(value, target, expression);
        }

        return new Translation(
            "SELECT " + value.Sql, Parameters, [new ResultColumn("", value.Type, value.IsNullable)]);
    }

    internal Translation Condition(BooleanExpression predicate)
    {
        var sql = In(Clause.Select, () => Predicate(predicate, new Scope(null)));
        return new Translation(
            $"SELECT CASE WHEN {sql} THEN true ELSE false END", Parameters, [new ResultColumn("", SqlType.Bit, false)]);
    }

    /// <summary>A value in the type of the variable or parameter that takes it; text is cut as on the server.</summary>
    internal static BoundExpression AssignedTo(BoundExpression value, SqlType target, TSqlFragment at)
    {
        if (value.Type == target)
        {
            return value;
        }

        return value.Type.IsText && target.IsText
            ? Conversions.Cast(value, target, isTry: false, at)
            : Conversions.Implicit(value, target, at);
    }

    private static void Hints(IList<OptimizerHint> hints)
    {
        foreach (var hint in hints)
        {
            if (hint.HintKind is not (
                OptimizerHintKind.Recompile or OptimizerHintKind.MaxDop or OptimizerHintKind.MaxRecursion))
            {
                throw Refuse.Construct(hint, "the query hint " + Refuse.TextOf(hint));
            }
        }
    }

    private static void Named(BoundQuery query, TSqlFragment at, int unnamed = 8155, int twice = 8156)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < query.Columns.Count; i++)
        {
            var name = query.Columns[i].Name;
            if (name.Length == 0)
            {
                throw Refuse.At(at, unnamed, FormattableString.Invariant($"No column name was specified for column {i + 1}."));
            }

            if (!seen.Add(name))
            {
                throw Refuse.At(at, twice, $"The column '{name}' was specified multiple times.");
            }
        }
    }

    private string With(WithCtesAndXmlNamespaces? clause)
    {
        if (clause is null)
        {
            return "";
        }

        if (clause.XmlNamespaces is not null || clause.ChangeTrackingContext is not null)
        {
            throw Refuse.Construct(clause, "WITH XMLNAMESPACES and CHANGE_TRACKING_CONTEXT");
        }

        var names = new Dictionary<string, IReadOnlyList<SourceColumn>>(StringComparer.Ordinal);
        _commonTables.Add(names);
        var texts = new List<string>();
        var isRecursive = false;
        foreach (var table in clause.CommonTableExpressions)
        {
            var name = table.ExpressionName.Value;
            if (names.ContainsKey(name))
            {
                throw Refuse.At(table, 239, $"Duplicate common table expression name '{name}' was specified.");
            }

            var recursive = RecursiveParts(table);
            isRecursive |= recursive is not null;
            texts.Add(recursive is { } parts
                ? Recursive(table, parts.Anchors, parts.Steps, names)
                : CommonTable(table, names));
        }

        return (isRecursive ? "WITH RECURSIVE " : "WITH ") + string.Join(", ", texts) + " ";
    }

    private string CommonTable(CommonTableExpression table, Dictionary<string, IReadOnlyList<SourceColumn>> names)
    {
        var name = table.ExpressionName.Value;
        var query = Query(table.QueryExpression, new Scope(null), isNested: true);
        var columns = Renamed(query, table.Columns, name, table);
        names.Add(name, columns);
        return $"{Quote.Name(name)}({string.Join(", ", columns.Select(static c => Quote.Name(c.Name)))}) AS ({query.Sql})";
    }

    private static List<SourceColumn> Renamed(
        BoundQuery query, IList<Identifier> names, string table, TSqlFragment at)
    {
        if (names.Count > 0 && names.Count != query.Columns.Count)
        {
            throw Refuse.At(at, names.Count < query.Columns.Count ? 8158 : 8159,
                FormattableString.Invariant($"'{table}' has {query.Columns.Count} columns and {names.Count} names in its column list."));
        }

        if (names.Count == 0)
        {
            Named(query, at);
        }

        return [.. query.Columns.Select((c, i) =>
            new SourceColumn(names.Count > 0 ? names[i].Value : c.Name, c.Type, c.IsNullable, "", c.IsUtc, c.MayEndInBlank))];
    }

    internal BoundQuery Query(QueryExpression expression, Scope outer, bool exists = false, bool isNested = false)
    {
        if (isNested && expression.OrderByClause is not null && expression.OffsetClause is null
            && !HasTop(expression))
        {
            throw Refuse.At(expression.OrderByClause, 1033, OrderByIsInvalid);
        }

        if (expression.ForClause is { } form)
        {
            throw Refuse.Construct(form, Refuse.TextOf(form));
        }

        return OnStack(expression) switch
        {
            QuerySpecification q => Specification(q, outer, exists),
            QueryParenthesisExpression q => Query(q.QueryExpression, outer, exists),
            BinaryQueryExpression q => SetOperation(q, outer),
            _ => throw Refuse.Construct(expression, Describe(expression)),
        };
    }

    private static bool HasTop(QueryExpression expression) =>
        expression is QuerySpecification { TopRowFilter: not null };

    /// <summary>
    /// UNION, EXCEPT and INTERSECT. The parser groups them from left to right; INTERSECT binds before the others.
    /// </summary>
    private BoundQuery SetOperation(BinaryQueryExpression operation, Scope outer)
    {
        var operands = new List<BoundQuery>();
        var operators = new List<BinaryQueryExpression>();
        Flatten(operation);
        for (var i = 0; i < operators.Count;)
        {
            if (operators[i].BinaryQueryExpressionType != BinaryQueryExpressionType.Intersect)
            {
                i++;
                continue;
            }

            operands[i] = Combined(operands[i], operands[i + 1], operators[i]);
            operands.RemoveAt(i + 1);
            operators.RemoveAt(i);
        }

        var result = operands[0];
        for (var i = 0; i < operators.Count; i++)
        {
            result = Combined(result, operands[i + 1], operators[i]);
        }

        return result with { Sql = result.Sql + OrderAndLimit(operation, [.. result.Columns], null) };

        void Flatten(BinaryQueryExpression part)
        {
            if (part.FirstQueryExpression is BinaryQueryExpression inner)
            {
                Flatten(OnStack(inner));
            }
            else
            {
                operands.Add(Query(part.FirstQueryExpression, outer));
            }

            operators.Add(part);
            operands.Add(Query(part.SecondQueryExpression, outer));
        }
    }

    private BoundQuery Combined(BoundQuery left, BoundQuery right, BinaryQueryExpression operation)
    {
        if (left.Columns.Count != right.Columns.Count)
        {
            throw Refuse.At(operation, 205,
                "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.");
        }

        var types = left.Columns.Zip(right.Columns, (a, b) =>
        {
            if (a.Type.Kind != SqlKind.Null && b.Type.Kind != SqlKind.Null && a.Type.IsText != b.Type.IsText)
            {
                throw Refuse.At(operation, 257, $"Column '{a.Name}' is {a.Type} in one query and {b.Type} in the other. Use CAST.");
            }

            return TypeRules.Combine(a.Type, b.Type);
        }).ToList();
        if (!SetOperations.TryGetValue((operation.BinaryQueryExpressionType, operation.All), out var word))
        {
            throw Refuse.Construct(operation, Describe(operation));
        }

        var columns = left.Columns.Select((c, i) => c with
        {
            Type = types[i],
            IsNullable = c.IsNullable || right.Columns[i].IsNullable,
            IsUtc = c.IsUtc && right.Columns[i].IsUtc,
            MayEndInBlank = c.MayEndInBlank || right.Columns[i].MayEndInBlank,
        }).ToList();
        var sql = "(" + Widened(left, types, operation) + ") " + word + " (" + Widened(right, types, operation) + ")";
        return new BoundQuery(sql, columns);
    }

    private string Widened(BoundQuery query, List<SqlType> types, TSqlFragment at)
    {
        var same = true;
        for (var i = 0; i < types.Count; i++)
        {
            same &= TypeRules.Native(query.Columns[i].Type) == TypeRules.Native(types[i]) && query.Columns[i].Type.Kind != SqlKind.Null;
        }

        if (same)
        {
            return query.Sql;
        }

        var alias = Generated("u");
        return "SELECT " + string.Join(", ", query.Columns.Select((c, i) =>
            Conversions.Implicit(
                new BoundExpression($"{alias}.{Quote.Name(c.NativeName)}", c.Type, c.IsNullable), types[i], at).Sql
            + " AS " + Quote.Name(c.NativeName))) + " FROM (" + query.Sql + ") AS " + alias;
    }

    private BoundQuery Specification(QuerySpecification query, Scope outer, bool exists)
    {
        var saved = _clause;
        _clause = Clause.Select;
        try
        {
            return SpecificationCore(query, outer, exists);
        }
        finally
        {
            _clause = saved;
        }
    }

    private BoundQuery SpecificationCore(QuerySpecification query, Scope outer, bool exists)
    {
        var scope = new Scope(outer);
        var from = query.FromClause is null ? "" : " FROM " + From(query.FromClause, scope);
        var where = query.WhereClause is null
            ? ""
            : " WHERE " + In(Clause.Where, () => Predicate(query.WhereClause.SearchCondition, scope));
        var group = query.GroupByClause is null ? "" : " GROUP BY " + GroupBy(query.GroupByClause, scope);
        var having = query.HavingClause is null
            ? ""
            : " HAVING " + In(Clause.Having, () => Predicate(query.HavingClause.SearchCondition, scope));

        var nulled = Nulled(query.GroupByClause, scope);
        var select = new StringBuilder();
        var columns = new List<QueryColumn>();
        var expressions = new List<string>();
        var used = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var element in query.SelectElements)
        {
            switch (element)
            {
                case SelectScalarExpression { Expression: var expression } item:
                    var value = Expression(expression, scope);
                    Add(item.ColumnName?.Value ?? ImpliedName(expression), value);
                    break;
                case SelectSetVariable set:
                    var type = _context.VariableType(set.Variable.Name)
                        ?? throw Refuse.At(set, 137, $"Must declare the scalar variable \"{set.Variable.Name}\".");
                    Add(set.Variable.Name, AssignedTo(Expression(set.Expression, scope), type, set));
                    break;
                case SelectStarExpression star when exists:
                    select.Append(select.Length > 0 ? ", " : "").Append('1');
                    break;
                case SelectStarExpression star:
                    foreach (var column in Star(star, scope))
                    {
                        Add(column.Name, Read(column));
                    }

                    break;
                default:
                    throw Refuse.Construct(element, Describe(element));
            }
        }

        if (_recursion is { } step && ReferenceEquals(step.Step, query))
        {
            select.Append(", ").Append(Deeper(scope, step));
        }

        RequireGrouped(query, scope);
        var sql = new StringBuilder("SELECT ");
        if (query.UniqueRowFilter == UniqueRowFilter.Distinct)
        {
            sql.Append("DISTINCT ");
        }

        if (query.UniqueRowFilter == UniqueRowFilter.Distinct)
        {
            RequireSelected(query.OrderByClause, columns, expressions, scope);
        }

        sql.Append(select).Append(from).Append(where).Append(group).Append(having);
        if (query.TopRowFilter is { WithTies: true } ties)
        {
            if (query.OrderByClause is null)
            {
                throw Refuse.At(ties, 1062, "The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY clause.");
            }

            sql.Append(" QUALIFY rank() OVER (ORDER BY ")
                .AppendJoin(", ", query.OrderByClause.OrderByElements.Select(e =>
                    OrderExpression(e.Expression, columns, scope, ordinals: false) + Direction(e.SortOrder)))
                .Append(") <= ").Append(TopCount(ties, scope));
        }

        sql.Append(OrderAndLimit(query, columns, scope));
        var text = sql.ToString();
        if (IsComputation(query))
        {
            // Kept for APPLY, which turns a query without a table into plain expressions.
            for (var i = 0; i < columns.Count; i++)
            {
                _selected[(text, columns[i].NativeName)] = expressions[i];
            }
        }

        return new BoundQuery(text, columns);

        void Add(string name, BoundExpression value)
        {
            if (nulled is not null && nulled.Contains(Bare(value.Sql)))
            {
                value = value with { IsNullable = true };
            }

            var native = name.Length > 0 && used.Add(name) ? name : Generated("c");
            select.Append(select.Length > 0 ? ", " : "").Append(value.Sql).Append(" AS ").Append(Quote.Name(native));
            columns.Add(new QueryColumn(name, native, value.Type, value.IsNullable, value.IsUtc, value.MayEndInBlank));
            expressions.Add(value.Sql);
        }
    }

    /// <summary>What SELECT DISTINCT orders by must be selected; error 145.</summary>
    private void RequireSelected(OrderByClause? clause, List<QueryColumn> columns, List<string> expressions, Scope scope)
    {
        foreach (var element in clause?.OrderByElements ?? [])
        {
            if (element.Expression is IntegerLiteral
                || element.Expression is ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [var name] }
                    && columns.Exists(c => string.Equals(c.Name, name.Value, StringComparison.Ordinal))
                || expressions.Contains(Expression(element.Expression, scope).Sql))
            {
                continue;
            }

            throw Refuse.At(element, 145, "ORDER BY items must appear in the select list if SELECT DISTINCT is specified.");
        }
    }

    private static string ImpliedName(ScalarExpression expression) => expression switch
    {
        ColumnReferenceExpression { MultiPartIdentifier: { } name } => name.Identifiers[^1].Value,
        _ => "",
    };

    private static IEnumerable<SourceColumn> Star(SelectStarExpression star, Scope scope)
    {
        if (star.Qualifier is null)
        {
            return scope.Sources.Count == 0
                ? throw Refuse.At(star, 263, "Must specify table to select from.")
                : scope.Sources.SelectMany(static s => s.Columns).Where(static c => !IsHidden(c));
        }

        var alias = star.Qualifier.Identifiers[^1].Value;
        var source = scope.Sources.Find(s => string.Equals(s.Alias, alias, StringComparison.Ordinal))
            ?? throw Refuse.At(star, 107, $"The column prefix '{alias}' does not match with a table name or alias name used in the query.");
        return source.Columns.Where(static c => !IsHidden(c));
    }

    private string GroupBy(GroupByClause clause, Scope scope)
    {
        if (clause.GroupByOption != GroupByOption.None || clause.All)
        {
            throw Refuse.Construct(clause, Describe(clause));
        }

        return string.Join(", ", clause.GroupingSpecifications.Select(g => In(Clause.GroupBy, () => Grouping(g, scope))));
    }

    private string Grouping(GroupingSpecification grouping, Scope scope) =>
        Groupings.TryGetValue(grouping.GetType(), out var known)
            ? known.Bind(this, grouping, scope)
            : throw Refuse.Construct(grouping, Describe(grouping));

    private string GroupedBy(ScalarExpression expression, Scope scope)
    {
        var parts = new CoveredParts(null);
        expression.Accept(parts);
        return parts.HasAggregate
            ? throw Refuse.At(expression, 144,
                "Cannot use an aggregate or a subquery in an expression used for the group by list of a GROUP BY clause.")
            : Expression(expression, scope).Sql;
    }

    /// <summary>ORDER BY, TOP, OFFSET and FETCH; an alias or a number of the select list becomes its ordinal.</summary>
    private string OrderAndLimit(QueryExpression query, List<QueryColumn> columns, Scope? scope)
    {
        var sql = new StringBuilder();
        if (query.OrderByClause is { } order)
        {
            sql.Append(" ORDER BY ").AppendJoin(", ", order.OrderByElements.Select(e =>
                In(Clause.OrderBy, () => OrderExpression(e.Expression, columns, scope, ordinals: true)) + Direction(e.SortOrder)));
        }

        if (query is QuerySpecification { TopRowFilter: { WithTies: false } top })
        {
            sql.Append(" LIMIT ").Append(TopCount(top, scope ?? new Scope(null)));
        }

        if (query.OffsetClause is { } offset)
        {
            var outer = scope ?? new Scope(null);
            if (offset.FetchExpression is not null)
            {
                sql.Append(" LIMIT ").Append(Expression(offset.FetchExpression, outer).Sql);
            }

            sql.Append(" OFFSET ").Append(Expression(offset.OffsetExpression, outer).Sql);
        }

        return sql.ToString();
    }

    private string TopCount(TopRowFilter top, Scope scope) => top.Percent
        ? throw Refuse.Construct(top, "TOP … PERCENT")
        : Expression(top.Expression, scope).Sql;

    private string OrderExpression(
        ScalarExpression expression, List<QueryColumn> columns, Scope? scope, bool ordinals)
    {
        if (expression is IntegerLiteral ordinal && ordinals)
        {
            if (int.TryParse(ordinal.Value, out var position) && position >= 1 && position <= columns.Count)
            {
                Ordered(new BoundExpression("", columns[position - 1].Type), expression);
                return ordinal.Value;
            }

            throw Refuse.At(expression, 108,
                    $"The ORDER BY position number {ordinal.Value} is out of range of the number of items in the select list.");
        }

        if (expression is ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [var name] })
        {
            var index = columns.FindIndex(c => string.Equals(c.Name, name.Value, StringComparison.Ordinal));
            if (index >= 0)
            {
                Ordered(new BoundExpression("", columns[index].Type), expression);
            }

            if (index >= 0 && ordinals)
            {
                return (index + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
            }

            if (index >= 0)
            {
                return Quote.Name(columns[index].NativeName);
            }
        }

        if (scope is null)
        {
            throw expression is ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [var unknown] }
                ? Refuse.At(expression, 207, $"Invalid column name '{unknown.Value}'.")
                : Refuse.At(expression, 104,
                    "ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT or EXCEPT operator.");
        }

        return Ordered(Expression(expression, scope), expression).Sql;
    }
}

using System.Globalization;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

internal sealed partial class Translator
{
    internal const string Collation = "Latin1_General_100_BIN2_UTF8";

    internal BoundExpression Expression(ScalarExpression expression, Scope scope)
    {
        if (expression is PrimaryExpression { Collation: { } collation })
        {
            Refuse.UnlessDatabaseCollation(collation);
        }

        return Bound(expression, scope);
    }

    internal static string Describe(TSqlFragment fragment) =>
        $"{fragment.GetType().Name} ({Refuse.TextOf(fragment)})";

    private List<BoundExpression> Arguments(IList<ScalarExpression> parameters, Scope scope) =>
        [.. parameters.Select(p => Expression(p, scope))];

    private static BoundExpression Parenthesised(BoundExpression inner) =>
        inner with { Sql = "(" + inner.Sql + ")" };

    private static int TextLength(string value) =>
        Math.Clamp(System.Text.Encoding.UTF8.GetByteCount(value), 1, 8000);

    private static BoundExpression Column(ColumnReferenceExpression reference, Scope scope)
    {
        if (reference.ColumnType != ColumnType.Regular)
        {
            throw Refuse.Construct(reference, "column " + Refuse.TextOf(reference));
        }

        var column = scope.Resolve(reference.MultiPartIdentifier, reference);
        return Read(column);
    }

    private static BoundExpression Read(SourceColumn column) => new(column.Sql, column.Type, column.IsNullable)
    {
        IsUtc = column.IsUtc,
        MayEndInBlank = column.MayEndInBlank,
    };

    private static BoundExpression Integer(IntegerLiteral literal)
    {
        var digits = literal.Value;
        var neverZero = digits.AsSpan().TrimStart('0').Length > 0;
        if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return new BoundExpression(digits, SqlType.Int, false)
            {
                NumericLiteral = digits,
                IsNeverZero = neverZero,
            };
        }

        // Beyond int a literal is numeric, as on the server.
        var type = SqlType.Decimal(digits.Length, 0);
        return new BoundExpression($"CAST({digits} AS {TypeRules.Native(type)})", type, false)
        {
            IsNeverZero = neverZero,
        };
    }

    private static BoundExpression Decimal(NumericLiteral literal)
    {
        var dot = literal.Value.IndexOf('.', StringComparison.Ordinal);
        var scale = dot < 0 ? 0 : literal.Value.Length - dot - 1;
        var whole = literal.Value.AsSpan(0, dot < 0 ? literal.Value.Length : dot).TrimStart('0').Length;
        var type = SqlType.Decimal(Math.Max(1, whole + scale), scale);
        return new BoundExpression($"CAST({literal.Value} AS {TypeRules.Native(type)})", type, false)
        {
            NumericLiteral = literal.Value,
            IsNeverZero = literal.Value.AsSpan().IndexOfAnyInRange('1', '9') >= 0,
        };
    }

    private BoundExpression Variable(VariableReference variable)
    {
        if (_arguments.TryGetValue(variable.Name, out var argument))
        {
            return argument;
        }

        var type = _context.VariableType(variable.Name)
            ?? throw Refuse.At(variable, 137, $"Must declare the scalar variable \"{variable.Name}\".");
        return _isDefinition
            ? throw Refuse.Construct(variable, $"the variable {variable.Name} in a view")
            : new BoundExpression(Slot(variable.Name, type), type) { MayEndInBlank = type.IsText };
    }

    private BoundExpression Global(GlobalVariableExpression variable) =>
        SessionValues.Globals.TryGetValue(variable.Name, out var type)
            ? new BoundExpression(Slot(variable.Name.ToUpperInvariant(), type), type, false)
            : throw Refuse.Construct(variable, variable.Name);

    internal BoundExpression SessionValue(string name, SqlType type) => new(Slot(name, type), type);

    /// <summary>The statement's clock: one value a statement, bound from C#; a view reads DuckDB's own.</summary>
    internal BoundExpression UtcNow() => _isDefinition
        ? new BoundExpression("CAST(current_timestamp AT TIME ZONE 'UTC' AS TIMESTAMP)", SqlType.DateTime2, false)
        : new BoundExpression(Slot(SessionValues.UtcNow, SqlType.DateTime2), SqlType.DateTime2, false);

    private BoundExpression Unary(UnaryExpression unary, Scope scope)
    {
        var operand = Expression(unary.Expression, scope);
        if (!Signs.TryGetValue(unary.UnaryExpressionType, out var sign))
        {
            throw Refuse.Construct(unary, Describe(unary));
        }

        if (unary.UnaryExpressionType == UnaryExpressionType.BitwiseNot && operand.Type.Kind == SqlKind.Bit)
        {
            return operand with { Sql = "(NOT " + operand.Sql + ")", NumericLiteral = null };
        }

        if (!operand.Type.IsNumeric || operand.Type.Kind == SqlKind.Bit)
        {
            throw Refuse.At(unary, 8117, $"Operand data type {operand.Type} is invalid for operator {Refuse.TextOf(unary)}.");
        }

        // Below zero there is no tinyint.
        if (unary.UnaryExpressionType == UnaryExpressionType.Negative && operand.Type.Kind == SqlKind.TinyInt)
        {
            operand = Conversions.Implicit(operand, SqlType.SmallInt, unary);
        }

        if (unary.UnaryExpressionType == UnaryExpressionType.Positive)
        {
            return operand;
        }

        if (unary.UnaryExpressionType == UnaryExpressionType.BitwiseNot && !operand.Type.IsInteger)
        {
            throw Refuse.At(unary, 8117, $"Operand data type {operand.Type} is invalid for operator {Refuse.TextOf(unary)}.");
        }

        return operand with
        {
            Sql = "(" + sign + operand.Sql + ")",
            NumericLiteral = unary.UnaryExpressionType == UnaryExpressionType.Negative && operand.NumericLiteral is { } n
                ? "-" + n
                : null,
        };
    }

    private BoundExpression Binary(BinaryExpression binary, Scope scope) => Binary(
        binary.BinaryExpressionType, Expression(binary.FirstExpression, scope), Expression(binary.SecondExpression, scope),
        binary);

    private static BoundExpression Binary(
        BinaryExpressionType operation, BoundExpression left, BoundExpression right, TSqlFragment binary)
    {
        var nullable = left.IsNullable || right.IsNullable;
        if (operation == BinaryExpressionType.Add
            && (left.Type.IsText || right.Type.IsText)
            && (left.Type.IsText || left.Type.Kind == SqlKind.Null)
            && (right.Type.IsText || right.Type.Kind == SqlKind.Null))
        {
            var length = left.Type.Length == SqlType.Max || right.Type.Length == SqlType.Max
                ? SqlType.Max
                : Math.Min(8000, left.Type.Length + right.Type.Length);
            return new BoundExpression(
                $"({left.Sql} || {right.Sql})", TypeRules.Combine(left.Type, right.Type) with { Length = length }, nullable)
            {
                MayEndInBlank = left.MayEndInBlank || right.MayEndInBlank,
            };
        }

        if (!IsArithmetic(left.Type) || !IsArithmetic(right.Type))
        {
            throw NoArithmetic(operation, left.Type, right.Type, binary);
        }

        if (!Operators.TryGetValue(operation, out var symbol))
        {
            throw Refuse.Construct(binary, Describe(binary));
        }

        return symbol is "&" or "|" or "^" ? Bitwise(left, right, symbol, binary) : Arithmetic(left, right, symbol, binary);
    }

    private static LocalSqlException NoArithmetic(
        BinaryExpressionType kind, SqlType left, SqlType right, TSqlFragment binary)
    {
        var word = kind.ToString().ToLowerInvariant();
        if (left.IsText && right.IsText || left.Kind == right.Kind)
        {
            return Refuse.At(binary, 8117, $"Operand data type {left} is invalid for {word} operator.");
        }

        if (left.IsText || right.IsText || left.Kind == SqlKind.DateTime || right.Kind == SqlKind.DateTime)
        {
            return Refuse.Construct(binary,
                $"{left} and {right} in one arithmetic expression ({Refuse.TextOf(binary)}): CAST says what is meant, CONCAT joins text");
        }

        return left.IsTemporal && right.IsNumeric || left.IsNumeric && right.IsTemporal
            ? Refuse.At(binary, 206, $"Operand type clash: {left} is incompatible with {right}")
            : Refuse.At(binary, 402, $"The data types {left} and {right} are incompatible in the {word} operator.");
    }

    private static bool IsArithmetic(SqlType type) => type.IsNumeric || type.Kind == SqlKind.Null;

    private static BoundExpression Arithmetic(
        BoundExpression left, BoundExpression right, string symbol, TSqlFragment at)
    {
        var nullable = left.IsNullable || right.IsNullable;
        var type = TypeRules.Combine(left.Type, right.Type);
        if (type.Kind is SqlKind.Null or SqlKind.Bit)
        {
            throw Refuse.At(at, 402,
                $"The data types {left.Type} and {right.Type} are incompatible in the {symbol} operator.");
        }

        if (type.Kind == SqlKind.Decimal)
        {
            return DecimalArithmetic(left, right, symbol, at);
        }

        var a = Conversions.Implicit(Whole(left), type, at);
        var b = Conversions.Implicit(Whole(right), type, at);
        var native = TypeRules.Native(type);
        var sql = symbol switch
        {
            "/" when type.IsInteger => Guarded(b, $"{a.Sql} // {b.Sql}"),
            "/" => Guarded(b, $"{a.Sql} / {b.Sql}"),
            "%" when type.IsApproximate => throw Refuse.At(at, 402,
                $"The data types {left.Type} and {right.Type} are incompatible in the modulo operator."),
            "%" => Guarded(b, $"{a.Sql} % {b.Sql}"),
            _ => $"({a.Sql} {symbol} {b.Sql})",
        };
        return new BoundExpression(
            type.Kind is SqlKind.TinyInt or SqlKind.SmallInt or SqlKind.Real ? $"CAST({sql} AS {native})" : sql,
            type, nullable);

        // A bit takes part as the number it stands for.
        static BoundExpression Whole(BoundExpression value) => value.Type.Kind == SqlKind.Bit
            ? value with { Sql = $"CAST({value.Sql} AS INTEGER)", Type = SqlType.Int }
            : value;
    }

    /// <summary>Division by zero is error 8134 unless the divisor cannot be zero.</summary>
    private static string Guarded(BoundExpression divisor, string quotient) => divisor.IsNeverZero
        ? "(" + quotient + ")"
        : $"(CASE WHEN {divisor.Sql} = 0 THEN error('[8134] Divide by zero error encountered.') ELSE {quotient} END)";

    private static BoundExpression DecimalArithmetic(
        BoundExpression left, BoundExpression right, string symbol, TSqlFragment at)
    {
        var nullable = left.IsNullable || right.IsNullable;
        var a = left.Type.Kind == SqlKind.Null ? right.Type : Exact(left);
        var b = right.Type.Kind == SqlKind.Null ? left.Type : Exact(right);
        switch (symbol)
        {
            case "+" or "-":
                var sum = TypeRules.Native(TypeRules.DecimalSum(a, b));
                return new BoundExpression(
                    $"CAST((CAST({left.Sql} AS {sum}) {symbol} CAST({right.Sql} AS {sum})) AS {sum})",
                    TypeRules.DecimalSum(a, b), nullable);
            case "*" when a.Scale + b.Scale > 38:
                throw Refuse.Construct(at, $"the product of {a} and {b}, which have more than 38 decimals together");
            case "*":
                var product = TypeRules.DecimalProduct(a, b);
                return new BoundExpression(
                    $"CAST((CAST({left.Sql} AS {TypeRules.Native(a with { Precision = 38 })}) * " +
                    $"CAST({right.Sql} AS {TypeRules.Native(b with { Precision = 38 })})) AS {TypeRules.Native(product)})",
                    product, nullable);
            default:
                throw Refuse.Construct(at,
                    $"{symbol} on {left.Type} and {right.Type} (its scale rules surprise: CAST one side to float)");
        }
    }

    /// <summary>The decimal that holds a number; an integer constant takes the digits it has.</summary>
    private static SqlType Exact(BoundExpression value) => value is { Type.IsInteger: true, NumericLiteral: { } digits }
        ? SqlType.Decimal(Math.Max(1, digits.AsSpan().TrimStart("-0").Length), 0)
        : TypeRules.AsDecimal(value.Type);

    private static BoundExpression Bitwise(BoundExpression left, BoundExpression right, string symbol, TSqlFragment at)
    {
        if (!IsBits(left.Type) || !IsBits(right.Type))
        {
            throw Refuse.At(at, 402,
                $"The data types {left.Type} and {right.Type} are incompatible in the bitwise operator.");
        }

        var type = TypeRules.Combine(left.Type, right.Type);
        if (type.Kind == SqlKind.Null)
        {
            throw Refuse.At(at, 8117, "Operand data type NULL is invalid for the bitwise operator.");
        }

        // Two bits go through integers: AND and OR of booleans are not NULL wherever an operand is.
        var carrier = type.Kind == SqlKind.Bit ? SqlType.Int : type;
        var a = Conversions.Implicit(left, carrier, at).Sql;
        var b = Conversions.Implicit(right, carrier, at).Sql;
        var sql = symbol == "^" ? $"xor({a}, {b})" : $"({a} {symbol} {b})";
        return new BoundExpression(
            type.Kind == SqlKind.Bit ? $"({sql} <> 0)" : sql, type, left.IsNullable || right.IsNullable);

        static bool IsBits(SqlType type) => type.IsInteger || type.Kind is SqlKind.Bit or SqlKind.Null;
    }

    private static int Style(ScalarExpression? style) => style switch
    {
        null => 0,
        IntegerLiteral literal => int.Parse(literal.Value, CultureInfo.InvariantCulture),
        _ => throw Refuse.Construct(style, "a CONVERT style that is no literal"),
    };

    internal static BoundExpression Coalesce(IReadOnlyList<BoundExpression> values, TSqlFragment at)
    {
        var type = values.Select(static v => v.Type).Aggregate(TypeRules.Combine);
        if (type.Kind == SqlKind.Null)
        {
            throw Refuse.At(at, 4127, "At least one of the arguments to COALESCE must be an expression that is not the NULL constant.");
        }

        return new BoundExpression(
            "coalesce(" + string.Join(", ", values.Select(v => Conversions.Implicit(v, type, at).Sql)) + ")",
            type, values.Any(static v => v.IsNullable))
        {
            IsUtc = values.All(static v => v.IsUtc),
            MayEndInBlank = values.Any(static v => v.MayEndInBlank),
        };
    }

    private BoundExpression NullIf(NullIfExpression expression, Scope scope)
    {
        var first = Expression(expression.FirstExpression, scope);
        var second = Expression(expression.SecondExpression, scope);
        if (first.Type.Kind == SqlKind.Null)
        {
            throw Refuse.At(expression, 4151, "The type of the first argument to NULLIF cannot be the NULL constant because the type of the first argument has to be known.");
        }

        var (a, b) = Comparable(first, second, expression);
        var isZero = second.NumericLiteral is { } digits
            && double.Parse(digits, CultureInfo.InvariantCulture) == 0;

        // nullif gives the type of its first argument back; the comparison may need the wider one.
        var sql = string.Equals(a.Sql, first.Sql, StringComparison.Ordinal)
            ? $"nullif({a.Sql}, {b.Sql})"
            : $"(CASE WHEN {a.Sql} = {b.Sql} THEN NULL ELSE {first.Sql} END)";
        return new BoundExpression(sql, first.Type) 
        {
            IsNeverZero = isZero, IsUtc = first.IsUtc, MayEndInBlank = first.MayEndInBlank,
        };
    }

    private BoundExpression SimpleCase(SimpleCaseExpression expression, Scope scope)
    {
        var input = Expression(expression.InputExpression, scope);
        var branches = expression.WhenClauses.Select(w =>
        {
            var (a, b) = Comparable(input, Expression(w.WhenExpression, scope), w);
            return ($"{a.Sql} = {b.Sql}", Expression(w.ThenExpression, scope));
        }).ToList();
        return Case(branches, expression.ElseExpression is null ? null : Expression(expression.ElseExpression, scope), expression);
    }

    internal static BoundExpression Case(
        IReadOnlyList<(string When, BoundExpression Then)> branches, BoundExpression? otherwise, TSqlFragment at)
    {
        var values = branches.Select(static b => b.Then).Append(otherwise ?? new BoundExpression("NULL", SqlType.Null)).ToList();
        var type = values.Select(static v => v.Type).Aggregate(TypeRules.Combine);
        if (type.Kind == SqlKind.Null)
        {
            throw Refuse.At(at, 8133, "At least one of the result expressions in a CASE specification must be an expression other than the NULL constant.");
        }

        var sql = new System.Text.StringBuilder("(CASE");
        foreach (var (when, then) in branches)
        {
            sql.Append(" WHEN ").Append(when).Append(" THEN ").Append(Conversions.Implicit(then, type, at).Sql);
        }

        if (otherwise is not null)
        {
            sql.Append(" ELSE ").Append(Conversions.Implicit(otherwise, type, at).Sql);
        }

        return new BoundExpression(sql.Append(" END)").ToString(), type, values.Any(static v => v.IsNullable))
        {
            IsUtc = values.All(static v => v.IsUtc || v.Type.Kind == SqlKind.Null),
            MayEndInBlank = values.Any(static v => v.MayEndInBlank),
        };
    }

    private BoundExpression Subquery(ScalarSubquery subquery, Scope scope)
    {
        if (_clause == Clause.Aggregate)
        {
            throw Refuse.At(subquery, 130,
                "Cannot perform an aggregate function on an expression containing an aggregate or a subquery.");
        }

        var query = In(Clause.Select, () => Query(subquery.QueryExpression, scope));
        return query.Columns.Count == 1
            ? new BoundExpression("(" + query.Sql + ")", query.Columns[0].Type)
            {
                IsUtc = query.Columns[0].IsUtc, MayEndInBlank = query.Columns[0].MayEndInBlank,
            }
            : throw Refuse.At(subquery, 116,
                "Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.");
    }

    private BoundExpression Function(FunctionCall call, Scope scope)
    {
        if (call.CallTarget is not null)
        {
            throw Refuse.Construct(call, $"the function call {Refuse.TextOf(call)} (scalar functions are outside the subset)");
        }

        var name = call.FunctionName.Value.ToUpperInvariant();
        if (Functions.Scalars.TryGetValue(name, out var scalar))
        {
            if (call.OverClause is not null || call.UniqueRowFilter != UniqueRowFilter.NotSpecified)
            {
                throw Refuse.Construct(call, $"OVER or DISTINCT on {name}");
            }

            CheckCount(call, name, scalar.Least, scalar.Most);
            var arguments = new FunctionArguments(this, call, scope);
            var value = scalar.Build(arguments);
            return value.Type.IsText && scalar.Blanks is Blanks.Any or Blanks.OfArguments
                ? value with { MayEndInBlank = scalar.Blanks == Blanks.Any || arguments.MayEndInBlank }
                : value;
        }

        if (!Functions.Aggregates.TryGetValue(name, out var aggregate))
        {
            throw Refuse.At(call, 195, $"'{call.FunctionName.Value}' is not a recognized built-in function name, or the local engine does not carry it.");
        }

        CheckCount(call, name, aggregate.Least, aggregate.Most);
        if (call.OverClause is not null && _clause is not (Clause.Select or Clause.OrderBy))
        {
            throw Refuse.At(call, 4108, "Windowed functions can only appear in the SELECT or ORDER BY clauses.");
        }

        if (call.OverClause is null)
        {
            if (aggregate.NeedsOver)
            {
                throw Refuse.At(call, 10753, $"The function '{name}' must have an OVER clause.");
            }

            if (_clause == Clause.Where)
            {
                throw Refuse.At(call, 147, "An aggregate may not appear in the WHERE clause.");
            }

            if (_clause == Clause.GroupBy)
            {
                throw Refuse.At(call, 144,
                    "Cannot use an aggregate or a subquery in an expression used for the group by list of a GROUP BY clause.");
            }

            if (_clause == Clause.Aggregate)
            {
                throw Refuse.At(call, 130,
                    "Cannot perform an aggregate function on an expression containing an aggregate or a subquery.");
            }
        }

        var over = call.OverClause is null ? "" : Over(call.OverClause, scope, aggregate.NeedsOrder, name);
        return call.OverClause is null
            ? In(Clause.Aggregate, () => aggregate.Build(new FunctionArguments(this, call, scope), over))
            : aggregate.Build(new FunctionArguments(this, call, scope), over);
    }

    private static void CheckCount(FunctionCall call, string name, int least, int most)
    {
        if (call.Parameters.Count < least || call.Parameters.Count > most)
        {
            throw least == most
                ? Refuse.At(call, 174, string.Create(CultureInfo.InvariantCulture, $"The {name} function requires {least} argument(s)."))
                : Refuse.At(call, 189, string.Create(CultureInfo.InvariantCulture, $"The {name} function requires {least} to {most} arguments."));
        }
    }

    private string Over(OverClause over, Scope scope, bool needsOrder, string name)
    {
        var sql = new System.Text.StringBuilder(" OVER (");
        if (over.Partitions.Count > 0)
        {
            sql.Append("PARTITION BY ")
                .AppendJoin(", ", over.Partitions.Select(p => Expression(p, scope).Sql));
        }

        if (over.OrderByClause is { } order && order.OrderByElements.All(static e => IsNoOrder(e.Expression)))
        {
            // The idiom for any order: a sort by a constant would cost one.
        }
        else if (over.OrderByClause is not null)
        {
            sql.Append(over.Partitions.Count > 0 ? " " : "").Append("ORDER BY ")
                .AppendJoin(", ", over.OrderByClause.OrderByElements.Select(e =>
                {
                    if (e.Expression is Literal)
                    {
                        throw Refuse.At(e, 5308, "Windowed functions do not support constants as ORDER BY clause expressions.");
                    }

                    return Ordered(Expression(e.Expression, scope), e).Sql + Direction(e.SortOrder);
                }));
        }
        else if (needsOrder)
        {
            throw Refuse.At(over, 4112, $"The function '{name}' must have an OVER clause with ORDER BY.");
        }

        if (over.WindowFrameClause is { } frame)
        {
            if (needsOrder && name is not ("FIRST_VALUE" or "LAST_VALUE"))
            {
                throw Refuse.At(frame, 10752, $"The function '{name}' may not have a window frame.");
            }

            sql.Append(frame.WindowFrameType switch
            {
                WindowFrameType.Rows => " ROWS BETWEEN ",
                WindowFrameType.Range => " RANGE BETWEEN ",
                _ => throw Refuse.Construct(frame, Describe(frame)),
            });
            sql.Append(Bound(frame.Top)).Append(" AND ")
                .Append(frame.Bottom is null ? "CURRENT ROW" : Bound(frame.Bottom));
        }

        return sql.Append(')').ToString();
    }

    /// <summary>(SELECT NULL) or (SELECT 1): by these all rows are equal, and a window is ordered by nothing.</summary>
    private static bool IsNoOrder(ScalarExpression expression) => expression is ScalarSubquery
    {
        QueryExpression: QuerySpecification { FromClause: null, WhereClause: null, SelectElements: [SelectScalarExpression { Expression: Literal }] },
    };

    private string Bound(WindowDelimiter delimiter) => delimiter.WindowDelimiterType switch
    {
        WindowDelimiterType.UnboundedPreceding => "UNBOUNDED PRECEDING",
        WindowDelimiterType.UnboundedFollowing => "UNBOUNDED FOLLOWING",
        WindowDelimiterType.CurrentRow => "CURRENT ROW",
        WindowDelimiterType.ValuePreceding => Offset(delimiter) + " PRECEDING",
        WindowDelimiterType.ValueFollowing => Offset(delimiter) + " FOLLOWING",
        _ => throw Refuse.Construct(delimiter, Describe(delimiter)),
    };

    private string Offset(WindowDelimiter delimiter) => Expression(delimiter.OffsetValue, new Scope(null)).Sql;

    /// <summary>A value to sort or compare by; a uniqueidentifier has an order of bytes that only the server knows.</summary>
    internal static BoundExpression Ordered(BoundExpression value, TSqlFragment at) =>
        value.Type.Kind == SqlKind.UniqueIdentifier
            ? throw Refuse.Construct(at, "the order of uniqueidentifier values")
            : value;

    internal static string Direction(SortOrder order) => order switch
    {
        SortOrder.Descending => " DESC",
        SortOrder.Ascending or SortOrder.NotSpecified => " ASC",
        _ => throw new InvalidOperationException("Unknown sort order " + order),
    };
}

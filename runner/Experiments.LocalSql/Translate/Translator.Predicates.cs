using System.Collections.Frozen;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

internal sealed partial class Translator
{
    internal static readonly FrozenDictionary<BooleanComparisonType, string> Comparisons =
        new Dictionary<BooleanComparisonType, string>
        {
            [BooleanComparisonType.Equals] = "=",
            [BooleanComparisonType.NotEqualToBrackets] = "<>",
            [BooleanComparisonType.NotEqualToExclamation] = "<>",
            [BooleanComparisonType.LessThan] = "<",
            [BooleanComparisonType.LessThanOrEqualTo] = "<=",
            [BooleanComparisonType.GreaterThan] = ">",
            [BooleanComparisonType.GreaterThanOrEqualTo] = ">=",
            [BooleanComparisonType.NotLessThan] = ">=",
            [BooleanComparisonType.NotGreaterThan] = "<=",
        }.ToFrozenDictionary();

    /// <summary>An IN list of so many values becomes comparisons, a longer one stays a list.</summary>
    private const int LongestChain = 12;

    /// <summary>Both sides in the type of the higher precedence; text against a number is refused.</summary>
    internal static (BoundExpression Left, BoundExpression Right) Comparable(
        BoundExpression left, BoundExpression right, TSqlFragment at)
    {
        // A bit against a literal 0 or 1 stays a bit, so that DuckDB can use it as it is.
        if (left.Type.Kind == SqlKind.Bit && right.NumericLiteral is "0" or "1" && right.Type.IsInteger)
        {
            return (left, new BoundExpression(right.NumericLiteral == "1" ? "true" : "false", SqlType.Bit, false));
        }

        if (right.Type.Kind == SqlKind.Bit && left.NumericLiteral is "0" or "1" && left.Type.IsInteger)
        {
            return (new BoundExpression(left.NumericLiteral == "1" ? "true" : "false", SqlType.Bit, false), right);
        }

        var type = TypeRules.Combine(left.Type, right.Type);
        if (type.Kind == SqlKind.Null)
        {
            return (left, right);
        }

        return (Side(left, right), Side(right, left));

        BoundExpression Side(BoundExpression side, BoundExpression other) =>
            side.Type.Kind == SqlKind.Null ? side : Compared(Conversions.Implicit(Short(side, other.TextLiteral), type, at));
    }

    /// <summary>A text that is no longer than a literal is equal to it or not, whatever blanks it ends in.</summary>
    private static BoundExpression Short(BoundExpression value, string? literal) =>
        value.LongestText <= literal?.TrimEnd(' ').Length ? value with { MayEndInBlank = false } : value;

    /// <summary>A value as comparisons see it: a text without the blanks at its end.</summary>
    private static BoundExpression Compared(BoundExpression value) => value switch
    {
        { MayEndInBlank: false } or { Type.IsText: false } => value,
        { TextLiteral: { } text } => value with
        {
            Sql = Quote.Text(text.TrimEnd(' ')), TextLiteral = text.TrimEnd(' '), MayEndInBlank = false,
        },
        _ => value with { Sql = $"rtrim({value.Sql}, ' ')", MayEndInBlank = false },
    };

    private string Comparison(BooleanComparisonExpression comparison, Scope scope)
    {
        var (left, right) = Comparable(
            Expression(comparison.FirstExpression, scope), Expression(comparison.SecondExpression, scope), comparison);
        if (comparison.ComparisonType is not (BooleanComparisonType.Equals or BooleanComparisonType.NotEqualToBrackets
            or BooleanComparisonType.NotEqualToExclamation))
        {
            Ordered(left, comparison);
        }

        return Comparisons.TryGetValue(comparison.ComparisonType, out var symbol)
            ? $"({left.Sql} {symbol} {right.Sql})"
            : throw Refuse.Construct(comparison, Describe(comparison));
    }

    private string Between(BooleanTernaryExpression between, Scope scope)
    {
        var value = Expression(between.FirstExpression, scope);
        var (a, low) = Comparable(Ordered(value, between), Expression(between.SecondExpression, scope), between);
        var (b, high) = Comparable(value, Expression(between.ThirdExpression, scope), between);
        var sql = $"({a.Sql} >= {low.Sql} AND {b.Sql} <= {high.Sql})";
        return between.TernaryExpressionType == BooleanTernaryExpressionType.NotBetween ? $"(NOT {sql})" : sql;
    }

    private string Membership(InPredicate predicate, Scope scope)
    {
        var value = Expression(predicate.Expression, scope);
        var not = predicate.NotDefined ? " NOT IN (" : " IN (";
        if (predicate.Subquery is { } subquery)
        {
            var query = In(Clause.Select, () => Query(subquery.QueryExpression, scope));
            if (query.Columns.Count != 1)
            {
                throw Refuse.At(subquery, 116,
                    "Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.");
            }

            var column = query.Columns[0];
            if (column.Type.IsText != value.Type.IsText)
            {
                throw Refuse.At(predicate, 257, $"IN compares {value.Type} with {column.Type}. Use CAST to say what is meant.");
            }

            var set = column.MayEndInBlank
                ? $"SELECT tsql.trim_end({Quote.Name(column.NativeName)}) FROM ({query.Sql}) AS {Generated("i")}"
                : query.Sql;
            return "(" + Compared(value).Sql + not + set + "))";
        }

        var values = predicate.Values.Select(v => Expression(v, scope)).ToList();
        var type = values.Select(static v => v.Type).Aggregate(value.Type, TypeRules.Combine);
        if (value.Type.Kind == SqlKind.Bit && values.All(static v => v.NumericLiteral is "0" or "1"))
        {
            type = SqlType.Bit;
        }

        var shortest = values.All(static v => v.TextLiteral is not null) ? values.MinBy(static v => v.TextLiteral!.TrimEnd(' ').Length) : null;
        var left = Compared(Conversions.Implicit(Short(value, shortest?.TextLiteral), type, predicate)).Sql;
        var list = values.ConvertAll(v => type.Kind == SqlKind.Bit
            ? Conversions.Cast(v, type, isTry: false, predicate).Sql
            : Compared(Conversions.Implicit(v, type, predicate)).Sql);
        if (list.Count > LongestChain)
        {
            return "(" + left + not + string.Join(", ", list) + "))";
        }

        // DuckDB makes a join of an IN list of constants, also inside CASE, where comparisons cost far less.
        var chain = "(" + string.Join(" OR ", list.Select(item => left + " = " + item)) + ")";
        return predicate.NotDefined ? "(NOT " + chain + ")" : chain;
    }

    private string Like(LikePredicate like, Scope scope)
    {
        var text = Expression(like.FirstExpression, scope);
        var pattern = Expression(like.SecondExpression, scope);
        if (!text.Type.IsText || !pattern.Type.IsText)
        {
            throw FunctionArguments.Unwritten(text.Type.IsText ? pattern.Type : text.Type, "text", like);
        }

        if (pattern.TextLiteral is null || pattern.TextLiteral.Contains('[', StringComparison.Ordinal))
        {
            throw Refuse.Construct(like, $"LIKE with a pattern that is no literal or has a class ({Refuse.TextOf(like)})");
        }

        var escape = like.EscapeExpression is null ? "" : " ESCAPE " + Expression(like.EscapeExpression, scope).Sql;
        var matches = $"{text.Sql} LIKE {pattern.Sql}{escape}";

        // Blanks at the end of the text, not of the pattern, are left out where they are what differs.
        return (text.MayEndInBlank, like.NotDefined) switch
        {
            (false, false) => $"({matches})",
            (false, true) => $"({text.Sql} NOT LIKE {pattern.Sql}{escape})",
            (true, var not) => $"({(not ? "NOT " : "")}({matches} OR {Compared(text).Sql} LIKE {pattern.Sql}{escape}))",
        };
    }

    private string Quantified(SubqueryComparisonPredicate predicate, Scope scope)
    {
        var value = Expression(predicate.Expression, scope);
        var query = In(Clause.Select, () => Query(predicate.Subquery.QueryExpression, scope));
        var quantifier = predicate.SubqueryComparisonPredicateType == SubqueryComparisonPredicateType.All ? "ALL" : "ANY";
        return Comparisons.TryGetValue(predicate.ComparisonType, out var symbol)
            ? $"({Compared(value).Sql} {symbol} {quantifier} ({query.Sql}))"
            : throw Refuse.Construct(predicate, Describe(predicate));
    }
}

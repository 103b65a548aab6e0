using System.Collections.Frozen;
using System.Globalization;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

/// <content>The constructs that the engine takes, as data: node type to name and translation. Any other is refused.</content>
internal sealed partial class Translator
{
    /// <summary>The entry of the joins that <see cref="Applications"/> names one by one.</summary>
    internal const string UnqualifiedJoins = "CROSS JOIN, CROSS APPLY, OUTER APPLY";

    /// <summary>Scalar expressions.</summary>
    internal static readonly FrozenDictionary<
        Type, (string Name, Func<Translator, ScalarExpression, Scope, BoundExpression> Bind)> Expressions =
        new Dictionary<Type, (string Name, Func<Translator, ScalarExpression, Scope, BoundExpression> Bind)>
        {
            [typeof(ParenthesisExpression)] = Scalar<ParenthesisExpression>(
                "( … )", static (t, e, s) => Parenthesised(t.Expression(e.Expression, s))),
            [typeof(ColumnReferenceExpression)] = Scalar<ColumnReferenceExpression>(
                "a column", static (_, e, s) => Column(e, s)),
            [typeof(IntegerLiteral)] = Scalar<IntegerLiteral>("1", static (_, e, _) => Integer(e)),
            [typeof(NumericLiteral)] = Scalar<NumericLiteral>("1.5", static (_, e, _) => Decimal(e)),
            [typeof(RealLiteral)] = Scalar<RealLiteral>("1e0", static (_, e, _) => Float(e)),
            [typeof(StringLiteral)] = Scalar<StringLiteral>("'text', N'text'", static (_, e, _) => Characters(e)),
            [typeof(BinaryLiteral)] = Scalar<BinaryLiteral>("0xFF", static (_, e, _) => Bytes(e)),
            [typeof(NullLiteral)] = Scalar<NullLiteral>("NULL", static (_, _, _) => new BoundExpression("NULL", SqlType.Null)),
            [typeof(VariableReference)] = Scalar<VariableReference>("@x", static (t, e, _) => t.Variable(e)),
            [typeof(GlobalVariableExpression)] = Scalar<GlobalVariableExpression>("@@NAME", static (t, e, _) => t.Global(e)),
            [typeof(UnaryExpression)] = Scalar<UnaryExpression>("+, -, ~ of a number", static (t, e, s) => t.Unary(e, s)),
            [typeof(BinaryExpression)] = Scalar<BinaryExpression>(
                "+, -, *, /, %, &, |, ^ between numbers, + between texts", static (t, e, s) => t.Binary(e, s)),
            [typeof(CastCall)] = Scalar<CastCall>("CAST", static (t, e, s) => Conversions.Cast(
                t.Expression(e.Parameter, s), TypeRules.FromCast(e.DataType), isTry: false, e)),
            [typeof(TryCastCall)] = Scalar<TryCastCall>("TRY_CAST", static (t, e, s) => Conversions.Cast(
                t.Expression(e.Parameter, s), TypeRules.FromCast(e.DataType), isTry: true, e)),
            [typeof(ConvertCall)] = Scalar<ConvertCall>("CONVERT", static (t, e, s) => Conversions.Convert(
                t.Expression(e.Parameter, s), TypeRules.FromCast(e.DataType), Style(e.Style), isTry: false, e)),
            [typeof(TryConvertCall)] = Scalar<TryConvertCall>("TRY_CONVERT", static (t, e, s) => Conversions.Convert(
                t.Expression(e.Parameter, s), TypeRules.FromCast(e.DataType), Style(e.Style), isTry: true, e)),
            [typeof(CoalesceExpression)] = Scalar<CoalesceExpression>(
                "COALESCE", static (t, e, s) => Coalesce([.. e.Expressions.Select(x => t.Expression(x, s))], e)),
            [typeof(NullIfExpression)] = Scalar<NullIfExpression>("NULLIF", static (t, e, s) => t.NullIf(e, s)),
            [typeof(IIfCall)] = Scalar<IIfCall>("IIF", static (t, e, s) => Case(
                [(t.Predicate(e.Predicate, s), t.Expression(e.ThenExpression, s))], t.Expression(e.ElseExpression, s), e)),
            [typeof(SearchedCaseExpression)] = Scalar<SearchedCaseExpression>("CASE WHEN", static (t, e, s) => Case(
                [.. e.WhenClauses.Select(w => (t.Predicate(w.WhenExpression, s), t.Expression(w.ThenExpression, s)))],
                e.ElseExpression is null ? null : t.Expression(e.ElseExpression, s), e)),
            [typeof(SimpleCaseExpression)] = Scalar<SimpleCaseExpression>(
                "CASE x WHEN", static (t, e, s) => t.SimpleCase(e, s)),
            [typeof(LeftFunctionCall)] = Scalar<LeftFunctionCall>(
                "LEFT", static (t, e, s) => Functions.Left(t.Arguments(e.Parameters, s), e)),
            [typeof(RightFunctionCall)] = Scalar<RightFunctionCall>(
                "RIGHT", static (t, e, s) => Functions.Right(t.Arguments(e.Parameters, s), e)),
            [typeof(FunctionCall)] = Scalar<FunctionCall>("a function of the tables below", static (t, e, s) => t.Function(e, s)),
            [typeof(ScalarSubquery)] = Scalar<ScalarSubquery>("(SELECT …) as a value", static (t, e, s) => t.Subquery(e, s)),
        }.ToFrozenDictionary();

    /// <summary>Predicates.</summary>
    internal static readonly FrozenDictionary<Type, (string Name, Func<Translator, BooleanExpression, Scope, string> Bind)> Predicates =
        new Dictionary<Type, (string Name, Func<Translator, BooleanExpression, Scope, string> Bind)>
        {
            [typeof(BooleanParenthesisExpression)] = Test<BooleanParenthesisExpression>(
                "( … )", static (t, e, s) => "(" + t.Predicate(e.Expression, s) + ")"),
            [typeof(BooleanNotExpression)] = Test<BooleanNotExpression>(
                "NOT", static (t, e, s) => "(NOT " + t.Predicate(e.Expression, s) + ")"),
            [typeof(BooleanBinaryExpression)] = Test<BooleanBinaryExpression>("AND, OR", static (t, e, s) =>
                t.Predicate(e.FirstExpression, s)
                + (e.BinaryExpressionType == BooleanBinaryExpressionType.And ? " AND " : " OR ")
                + t.Predicate(e.SecondExpression, s)),
            [typeof(BooleanComparisonExpression)] = Test<BooleanComparisonExpression>(
                "=, <>, !=, <, <=, !>, >, >=, !<", static (t, e, s) => t.Comparison(e, s)),
            [typeof(BooleanIsNullExpression)] = Test<BooleanIsNullExpression>("IS NULL, IS NOT NULL", static (t, e, s) =>
                "(" + t.Expression(e.Expression, s).Sql + (e.IsNot ? " IS NOT NULL)" : " IS NULL)")),
            [typeof(BooleanTernaryExpression)] = Test<BooleanTernaryExpression>(
                "BETWEEN, NOT BETWEEN", static (t, e, s) => t.Between(e, s)),
            [typeof(InPredicate)] = Test<InPredicate>("IN, NOT IN", static (t, e, s) => t.Membership(e, s)),
            [typeof(LikePredicate)] = Test<LikePredicate>("LIKE, NOT LIKE", static (t, e, s) => t.Like(e, s)),
            [typeof(ExistsPredicate)] = Test<ExistsPredicate>("EXISTS", static (t, e, s) =>
                "EXISTS (" + t.In(Clause.Select, () => t.Query(e.Subquery.QueryExpression, s, exists: true)).Sql + ")"),
            [typeof(SubqueryComparisonPredicate)] = Test<SubqueryComparisonPredicate>(
                "= ANY, > ALL and their like", static (t, e, s) => t.Quantified(e, s)),
        }.ToFrozenDictionary();

    /// <summary>What can stand in FROM.</summary>
    internal static readonly FrozenDictionary<Type, (string Name, Func<Translator, TableReference, Scope, Scope, string> Bind)> Tables =
        new Dictionary<Type, (string Name, Func<Translator, TableReference, Scope, Scope, string> Bind)>
        {
            [typeof(NamedTableReference)] = Rows<NamedTableReference>(
                "a table, a view, #t, a common table", static (t, r, s, _) => t.NamedTable(r, s)),
            [typeof(VariableTableReference)] = Rows<VariableTableReference>("@t", static (t, r, s, _) => t.TableVariable(r, s)),
            [typeof(QueryDerivedTable)] = Rows<QueryDerivedTable>(
                "(SELECT …) AS d", static (t, r, s, o) => t.Derived(r, s, o, "")),
            [typeof(InlineDerivedTable)] = Rows<InlineDerivedTable>(
                "(VALUES …) AS v (a, b)", static (t, r, s, o) => t.Values(r, s, o, "")),
            [typeof(SchemaObjectFunctionTableReference)] = Rows<SchemaObjectFunctionTableReference>(
                "an inline table-valued function", static (t, r, s, o) => t.TableFunction(r, s, o, "")),
            [typeof(GlobalFunctionTableReference)] = Rows<GlobalFunctionTableReference>(
                "STRING_SPLIT(text, separator)", static (t, r, s, o) => t.Split(r, s, o, "")),
            [typeof(JoinParenthesisTableReference)] = Rows<JoinParenthesisTableReference>(
                "( … JOIN … )", static (t, r, s, o) => "(" + t.Table(r.Join, s, o) + ")"),
            [typeof(QualifiedJoin)] = Rows<QualifiedJoin>(
                "INNER, LEFT, RIGHT, FULL JOIN … ON", static (t, r, s, o) => t.Join(r, s, o)),
            [typeof(UnqualifiedJoin)] = Rows<UnqualifiedJoin>(
                UnqualifiedJoins, static (t, r, s, o) => t.Unqualified(r, s, o)),
        }.ToFrozenDictionary();

    /// <summary>Operators between two values.</summary>
    internal static readonly FrozenDictionary<BinaryExpressionType, string> Operators =
        new Dictionary<BinaryExpressionType, string>
        {
            [BinaryExpressionType.Add] = "+",
            [BinaryExpressionType.Subtract] = "-",
            [BinaryExpressionType.Multiply] = "*",
            [BinaryExpressionType.Divide] = "/",
            [BinaryExpressionType.Modulo] = "%",
            [BinaryExpressionType.BitwiseAnd] = "&",
            [BinaryExpressionType.BitwiseOr] = "|",
            [BinaryExpressionType.BitwiseXor] = "^",
        }.ToFrozenDictionary();

    /// <summary>Operators before a value.</summary>
    internal static readonly FrozenDictionary<UnaryExpressionType, string> Signs = new Dictionary<UnaryExpressionType, string>
    {
        [UnaryExpressionType.Positive] = "+",
        [UnaryExpressionType.Negative] = "-",
        [UnaryExpressionType.BitwiseNot] = "~",
    }.ToFrozenDictionary();

    /// <summary>Joins without a condition.</summary>
    internal static readonly FrozenDictionary<UnqualifiedJoinType, string> Applications =
        new Dictionary<UnqualifiedJoinType, string>
        {
            [UnqualifiedJoinType.CrossJoin] = "CROSS JOIN",
            [UnqualifiedJoinType.CrossApply] = "CROSS APPLY",
            [UnqualifiedJoinType.OuterApply] = "OUTER APPLY",
        }.ToFrozenDictionary();

    /// <summary>Joins with a condition.</summary>
    internal static readonly FrozenDictionary<QualifiedJoinType, string> Joins = new Dictionary<QualifiedJoinType, string>
    {
        [QualifiedJoinType.Inner] = "INNER JOIN",
        [QualifiedJoinType.LeftOuter] = "LEFT JOIN",
        [QualifiedJoinType.RightOuter] = "RIGHT JOIN",
        [QualifiedJoinType.FullOuter] = "FULL JOIN",
    }.ToFrozenDictionary();

    /// <summary>What combines two queries.</summary>
    internal static readonly FrozenDictionary<(BinaryQueryExpressionType Kind, bool All), string> SetOperations =
        new Dictionary<(BinaryQueryExpressionType Kind, bool All), string>
        {
            [(BinaryQueryExpressionType.Union, true)] = "UNION ALL",
            [(BinaryQueryExpressionType.Union, false)] = "UNION",
            [(BinaryQueryExpressionType.Except, false)] = "EXCEPT",
            [(BinaryQueryExpressionType.Intersect, false)] = "INTERSECT",
        }.ToFrozenDictionary();

    /// <summary>What can stand in GROUP BY.</summary>
    internal static readonly FrozenDictionary<Type, (string Name, Func<Translator, GroupingSpecification, Scope, string> Bind)>
        Groupings = new Dictionary<Type, (string Name, Func<Translator, GroupingSpecification, Scope, string> Bind)>
        {
            [typeof(ExpressionGroupingSpecification)] = Group<ExpressionGroupingSpecification>(
                "an expression", static (t, g, s) => g.Expression is Literal
                    ? throw Refuse.At(g, 164,
                        "Each GROUP BY expression must contain at least one column that is not an outer reference.")
                    : t.GroupedBy(g.Expression, s)),
            [typeof(CompositeGroupingSpecification)] = Group<CompositeGroupingSpecification>(
                "(a, b)", static (t, g, s) => "(" + t.Groups(g.Items, s) + ")"),
            [typeof(RollupGroupingSpecification)] = Group<RollupGroupingSpecification>(
                "ROLLUP", static (t, g, s) => "ROLLUP (" + t.Groups(g.Arguments, s) + ")"),
            [typeof(CubeGroupingSpecification)] = Group<CubeGroupingSpecification>(
                "CUBE", static (t, g, s) => "CUBE (" + t.Groups(g.Arguments, s) + ")"),
            [typeof(GroupingSetsGroupingSpecification)] = Group<GroupingSetsGroupingSpecification>(
                "GROUPING SETS", static (t, g, s) => "GROUPING SETS (" + t.Groups(g.Sets, s) + ")"),
            [typeof(GrandTotalGroupingSpecification)] = Group<GrandTotalGroupingSpecification>("()", static (_, _, _) => "()"),
        }.ToFrozenDictionary();

    private static (string Name, Func<Translator, GroupingSpecification, Scope, string> Bind) Group<T>(
        string name, Func<Translator, T, Scope, string> bind)
        where T : GroupingSpecification => (name, (t, g, s) => bind(t, (T)g, s));

    private string Groups(IEnumerable<GroupingSpecification> groupings, Scope scope) =>
        string.Join(", ", groupings.Select(g => Grouping(g, scope)));

    private static (string Name, Func<Translator, ScalarExpression, Scope, BoundExpression> Bind) Scalar<T>(
        string name, Func<Translator, T, Scope, BoundExpression> bind)
        where T : ScalarExpression => (name, (t, e, s) => bind(t, (T)e, s));

    private static (string Name, Func<Translator, BooleanExpression, Scope, string> Bind) Test<T>(
        string name, Func<Translator, T, Scope, string> bind)
        where T : BooleanExpression => (name, (t, e, s) => bind(t, (T)e, s));

    private static (string Name, Func<Translator, TableReference, Scope, Scope, string> Bind) Rows<T>(
        string name, Func<Translator, T, Scope, Scope, string> bind)
        where T : TableReference => (name, (t, r, s, o) => bind(t, (T)r, s, o));

    private BoundExpression Bound(ScalarExpression expression, Scope scope) =>
        Expressions.TryGetValue(OnStack(expression).GetType(), out var known)
            ? known.Bind(this, expression, scope)
            : throw Refuse.Construct(expression, Describe(expression));

    internal string Predicate(BooleanExpression predicate, Scope scope) =>
        Predicates.TryGetValue(OnStack(predicate).GetType(), out var known)
            ? known.Bind(this, predicate, scope)
            : throw Refuse.Construct(predicate, Describe(predicate));

    private string Table(TableReference reference, Scope scope, Scope outer) =>
        Tables.TryGetValue(OnStack(reference).GetType(), out var known)
            ? known.Bind(this, reference, scope, outer)
            : throw Refuse.Construct(reference, Describe(reference));

    private static BoundExpression Float(RealLiteral literal) => new($"CAST({literal.Value} AS DOUBLE)", SqlType.Float, false)
    {
        NumericLiteral = literal.Value,
        IsNeverZero = double.Parse(literal.Value, CultureInfo.InvariantCulture) != 0,
    };

    private static BoundExpression Characters(StringLiteral literal) => new(
        Quote.Text(literal.Value),
        literal.IsNational
            ? SqlType.NVarChar(Math.Max(1, literal.Value.Length))
            : SqlType.VarChar(TextLength(literal.Value)),
        false)
    {
        TextLiteral = literal.Value,
        MayEndInBlank = literal.Value.EndsWith(' '),
    };

    private static BoundExpression Bytes(BinaryLiteral literal) => new(
        $"unhex('{literal.Value[2..]}')", SqlType.VarBinary(Math.Max(1, (literal.Value.Length - 1) / 2)), false);
}

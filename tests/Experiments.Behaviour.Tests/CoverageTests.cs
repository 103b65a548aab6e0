using Experiments.LocalSql;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Translate;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Behaviour.Tests;

/// <summary>
/// What the engine takes has a case: every function, type and construct that it accepts, and every row of the table of
/// the portable subset. A refusal of the local engine alone shows nothing of a server, so it does not count, except
/// for a row of the table that is itself a refusal.
/// </summary>
public sealed class CoverageTests
{
    private readonly IReadOnlyList<BehaviourCase> _cases = CaseFile.ReadFolder(BehaviourTests.Folder);

    [Fact]
    public void There_are_at_least_400_cases() => Assert.True(_cases.Count >= 400, $"There are {_cases.Count} cases.");

    [Fact]
    public void Every_scalar_function_has_a_case() =>
        Assert.Empty(Functions.Scalars.Keys.Except(Seen().Functions).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_aggregate_and_window_function_has_a_case() =>
        Assert.Empty(Functions.Aggregates.Keys.Except(Seen().Functions).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_date_part_has_a_case() =>
        Assert.Empty(Functions.DateParts.Values.Distinct().Except(Seen().Names).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_type_has_a_case() => Assert.Empty(
        Enum.GetNames<SqlKind>().Where(static k => k != nameof(SqlKind.Null)).Except(Seen().Types).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_construct_has_a_case() =>
        Assert.Empty(Reference.Nodes.Except(Seen().Constructs).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_row_of_the_portable_table_has_a_case() => Assert.Empty(
        Lines("portable_rows.txt").Except(_cases.SelectMany(static c => c.TableRows)).Order(StringComparer.Ordinal));

    [Fact]
    public void A_case_names_rows_that_the_table_has() => Assert.Empty(
        _cases.SelectMany(static c => c.TableRows).Except(Lines("portable_rows.txt")).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Every_page_is_documentation_of_the_server() => Assert.All(
        _cases, static c => Assert.Equal("learn.microsoft.com", c.Page.Host));

    private static IEnumerable<string> Lines(string file) =>
        File.ReadLines(Path.Combine(BehaviourTests.Folder, file)).Where(static l => l.Length > 0 && l[0] != '#');

    private Collector Seen()
    {
        var collector = new Collector();
        foreach (var item in _cases.Where(static c => !c.IsLocalOnly && (c.Error is null || c.Results.Count > 0)))
        {
            foreach (var sql in item.Setup.Concat(item.Batches))
            {
                using var reader = new StringReader(sql);
                new TSql150Parser(initialQuotedIdentifiers: true).Parse(reader, out _)?.Accept(collector);
            }
        }

        return collector;
    }

    /// <summary>Functions, types, words and kinds of nodes of the trees it visits.</summary>
    private sealed class Collector : TSqlFragmentVisitor
    {
        internal HashSet<string> Functions { get; } = new(StringComparer.Ordinal);

        internal HashSet<string> Types { get; } = new(StringComparer.Ordinal);

        internal HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        internal HashSet<string> Constructs { get; } = new(StringComparer.Ordinal);

        public override void Visit(TSqlFragment fragment)
        {
            Constructs.Add(fragment.GetType().Name);
            switch (fragment)
            {
                case FunctionCall call:
                    Functions.Add(call.FunctionName.Value.ToUpperInvariant());
                    break;
                case SqlDataTypeReference type:
                    Types.Add(TypeRules.Accepts(type) ? TypeRules.FromName(type).Kind.ToString() : type.SqlDataTypeOption.ToString());
                    break;
                case Identifier identifier:
                    Names.Add(identifier.Value.ToLowerInvariant());
                    break;
                case BinaryExpression binary:
                    Constructs.Add(binary.BinaryExpressionType.ToString());
                    break;
                case UnaryExpression unary:
                    Constructs.Add(unary.UnaryExpressionType.ToString());
                    break;
                case BooleanComparisonExpression comparison:
                    Constructs.Add(comparison.ComparisonType.ToString());
                    break;
                case QualifiedJoin join:
                    Constructs.Add(join.QualifiedJoinType.ToString());
                    break;
                case UnqualifiedJoin join:
                    Constructs.Add(join.UnqualifiedJoinType.ToString());
                    break;
                case BinaryQueryExpression set:
                    Constructs.Add(set.BinaryQueryExpressionType + (set.All ? "All" : ""));
                    break;
                case GlobalVariableExpression variable:
                    Constructs.Add(variable.Name.ToUpperInvariant());
                    break;
                default:
                    break;
            }
        }
    }
}

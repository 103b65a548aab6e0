using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests;

/// <summary>The sources of a query: the leaves of its FROM clause.</summary>
internal static class Sources
{
    /// <summary>The leaves of the FROM clause of a query, an UPDATE or a DELETE; the target where it has no FROM.</summary>
    internal static IEnumerable<TableReference> Of(TSqlFragment scope) => scope switch
    {
        QuerySpecification { FromClause: { } from } => from.TableReferences.SelectMany(Leaves),
        UpdateDeleteSpecificationBase { FromClause: { } from } => from.TableReferences.SelectMany(Leaves),
        UpdateDeleteSpecificationBase { Target: { } target } => [target],
        _ => [],
    };

    internal static IEnumerable<TableReference> Leaves(TableReference source) => source switch
    {
        JoinTableReference join => Leaves(join.FirstTableReference).Concat(Leaves(join.SecondTableReference)),
        JoinParenthesisTableReference inner => Leaves(inner.Join),
        PivotedTableReference pivot => Leaves(pivot.TableReference),
        UnpivotedTableReference pivot => Leaves(pivot.TableReference),
        _ => [source],
    };

    /// <summary>What columns of a source are qualified with.</summary>
    internal static string? Name(TableReference source) => source switch
    {
        TableReferenceWithAlias { Alias: { } alias } => alias.Value,
        NamedTableReference { SchemaObject.BaseIdentifier: { } name } => name.Value,
        _ => null,
    };
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 4: AS for every alias.</summary>
internal sealed class AliasAs() : Rule(
    "alias-as", "the alias stands without AS", "write expression AS alias")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<TableReferenceWithAlias>().Select(static t => t.Alias)
            .Concat<TSqlFragment?>(script.All<SelectScalarExpression>().Select(static e => e.ColumnName))
            .OfType<TSqlFragment>()
            .Where(a => !Script.Is(script.Before(a), "AS"))
            .Select(static a => Hit.At(a));
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>DESIGN 2: columns carry no COLLATE; the database's collation is fixed.</summary>
internal sealed class Collate() : Rule("collate", "the collation is the database's", "leave COLLATE out")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<PrimaryExpression>().Select(static e => e.Collation)
            .Concat(script.All<ColumnDefinition>().Select(static c => c.Collation))
            .Where(static c => c is not null).Select(static c => Hit.At(c));
}

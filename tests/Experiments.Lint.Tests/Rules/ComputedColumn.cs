using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>DESIGN 2: Fabric Warehouse has no computed columns.</summary>
internal sealed class ComputedColumn() : Rule("computed-column", "there are no computed columns", "compute it in a view or on insert", Profile.Fabric)
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<ColumnDefinition>().Where(static c => c.ComputedColumnExpression is not null).Select(static c => Hit.At(c));
}

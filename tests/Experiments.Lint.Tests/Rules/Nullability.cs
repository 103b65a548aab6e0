using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 9: every column NULL or NOT NULL.</summary>
internal sealed class Nullability() : Rule(
    "nullability", "the column leaves open whether it may be NULL", "write NULL or NOT NULL")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<ColumnDefinition>()
            .Where(static c => c.ComputedColumnExpression is null && !c.Constraints.OfType<NullableConstraintDefinition>().Any())
            .Select(static c => Hit.At(c));
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>DESIGN 2: a temporary table's text columns take tempdb's collation unless SELECT INTO brings the database's.</summary>
internal sealed class TemporaryText() : Rule(
    "temporary-text", "the text column takes tempdb's collation", "make the table by SELECT … INTO #t")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from table in script.All<CreateTableStatement>()
        where table.SchemaObjectName.BaseIdentifier.Value.StartsWith('#')
        from column in table.Definition.ColumnDefinitions
        where ExpressionTypes.FromType(column.DataType) is Kind.Text or Kind.Unicode
        select Hit.At(column);
}

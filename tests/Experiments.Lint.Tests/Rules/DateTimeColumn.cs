using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>DESIGN 2: Fabric Warehouse has datetime2 up to (6) alone.</summary>
internal sealed class DateTimeColumn() : Rule("datetime-column", "there is no datetime, nor datetime2(7)", "write datetime2(6)", Profile.Fabric)
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<ColumnDefinition>()
            .Where(static c => c.DataType is SqlDataTypeReference { SqlDataTypeOption: SqlDataTypeOption.DateTime or SqlDataTypeOption.SmallDateTime }
                or SqlDataTypeReference { SqlDataTypeOption: SqlDataTypeOption.DateTime2, Parameters: not [{ Value: "0" or "1" or "2" or "3" or "4" or "5" or "6" }] })
            .Select(static c => Hit.At(c.DataType));
}

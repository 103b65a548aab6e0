using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, datetimeoffset: for values in flight, never a column.</summary>
internal sealed class OffsetColumn() : Rule(
    "offset-column", "a column of datetimeoffset is not on every engine", "store UTC as datetime2(6)", Profile.Both)
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<ColumnDefinition>()
            .Where(static c => c.DataType is SqlDataTypeReference { SqlDataTypeOption: SqlDataTypeOption.DateTimeOffset })
            .Select(static c => Hit.At(c.DataType));
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 8: event_at is a time, event_date a date, is_ and has_ a bit; raw is text as landed.</summary>
internal sealed class ColumnSuffix() : Rule(
    "column-suffix", "the column's type is not what its name says", "make _at datetime2(6), _date date, is_ and has_ bit")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from table in script.All<CreateTableStatement>()
        where table.SchemaObjectName.SchemaIdentifier is not { Value: "raw" }
        from column in table.Definition.ColumnDefinitions
        let said = Said(column.ColumnIdentifier.Value)
        where said is not null && column.DataType is not null && !string.Equals(
            column.DataType.Name?.BaseIdentifier.Value, said, StringComparison.OrdinalIgnoreCase)
        select Hit.At(column);

    private static string? Said(string name) => name switch
    {
        ['i', 's', '_', ..] or ['h', 'a', 's', '_', ..] => "bit",
        _ when name.EndsWith("_at", StringComparison.Ordinal) => "datetime2",
        _ when name.EndsWith("_date", StringComparison.Ordinal) => "date",
        _ => null,
    };
}

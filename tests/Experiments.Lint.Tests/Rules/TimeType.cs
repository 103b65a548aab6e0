using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, datetime2 precision: only datetime2(6).</summary>
internal sealed class TimeType() : Rule(
    "time-type", "the type does not keep microseconds, or not the same ones everywhere", "write datetime2(6)")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<SqlDataTypeReference>()
            .Where(static t => t.SqlDataTypeOption is SqlDataTypeOption.DateTime or SqlDataTypeOption.SmallDateTime or SqlDataTypeOption.Time
                || (t.SqlDataTypeOption is SqlDataTypeOption.DateTime2 or SqlDataTypeOption.DateTimeOffset && t.Parameters is not [{ Value: "6" }]))
            .Select(static t => Hit.At(t));
}

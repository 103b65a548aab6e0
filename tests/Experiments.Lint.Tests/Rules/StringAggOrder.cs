using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 13; PORTABLE_TSQL, STRING_AGG order.</summary>
internal sealed class StringAggOrder() : Rule("string-agg-order", "STRING_AGG joins in any order", "write WITHIN GROUP (ORDER BY …)")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FunctionCall>()
            .Where(static c => string.Equals(c.FunctionName.Value, "STRING_AGG", StringComparison.OrdinalIgnoreCase)
                && c.WithinGroupClause is null)
            .Select(static c => Hit.At(c));
}

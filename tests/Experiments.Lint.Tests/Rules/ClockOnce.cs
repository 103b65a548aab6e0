using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 12: SYSUTCDATETIME() in one place a load, passed on; no view or function depends on the clock.</summary>
internal sealed class ClockOnce() : Rule(
    "clock-once", "the clock is read again, or where a query reads it", "DECLARE @now once in a procedure and pass it on")
{
    protected override IEnumerable<Hit> Find(Script script)
    {
        var calls = script.All<FunctionCall>()
            .Where(static c => string.Equals(c.FunctionName.Value, "SYSUTCDATETIME", StringComparison.OrdinalIgnoreCase)).ToList();
        return calls.Where((c, i) => i > 0 || script.Ancestors(c).Any(static a => a is QueryExpression or DataModificationSpecification))
            .Select(static c => Hit.At(c));
    }
}

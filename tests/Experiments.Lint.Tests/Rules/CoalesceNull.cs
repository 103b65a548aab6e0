using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, ISNULL typing: prefer COALESCE.</summary>
internal sealed class CoalesceNull() : Rule("isnull", "ISNULL cuts its second argument to the first one's type", "write COALESCE")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FunctionCall>().Where(static c => string.Equals(c.FunctionName.Value, "ISNULL", StringComparison.OrdinalIgnoreCase))
            .Select(static c => Hit.At(c));
}

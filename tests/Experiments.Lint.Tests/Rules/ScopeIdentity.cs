using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, SCOPE_IDENTITY.</summary>
internal sealed class ScopeIdentity() : Rule("scope-identity", "the last identity is not on every engine", "take the number from ops.counters")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FunctionCall>()
            .Where(static c => c.FunctionName.Value.ToUpperInvariant() is "SCOPE_IDENTITY" or "IDENT_CURRENT").Select(static c => Hit.At(c))
            .Concat(script.All<GlobalVariableExpression>()
                .Where(static g => string.Equals(g.Name, "@@IDENTITY", StringComparison.OrdinalIgnoreCase)).Select(static g => Hit.At(g)));
}

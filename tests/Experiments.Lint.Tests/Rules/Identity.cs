using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, IDENTITY: forbidden in shared objects; DbUp's journal is the exception.</summary>
internal sealed class Identity() : Rule(
    "identity", "IDENTITY leaves other gaps on each engine, or is missing", "take the number from ops.counters", Profile.Both)
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<IdentityOptions>().Select(static i => Hit.At(i))
            .Concat(script.All<IdentityFunctionCall>().Select(static i => Hit.At(i)));
}

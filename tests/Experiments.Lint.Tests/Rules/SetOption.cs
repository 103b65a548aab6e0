using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 15: NOCOUNT and XACT_ABORT; what changes a meaning for a session is not in a script.</summary>
internal sealed class SetOption() : Rule("set-option", "the option changes what the same script means", "set NOCOUNT and XACT_ABORT alone")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<PredicateSetStatement>().Where(static s => (s.Options & ~(SetOptions.NoCount | SetOptions.XactAbort)) != 0 || !s.IsOn)
            .Select(static s => Hit.At(s))
            .Concat(script.All<SetCommandStatement>().Select(static s => Hit.At(s)));
}

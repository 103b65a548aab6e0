using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, OUTPUT: forbidden in shared objects.</summary>
internal sealed class OutputClauseRule() : Rule(
    "output-clause", "OUTPUT is not on every engine", "read the rows before the change, into #t", Profile.Both)
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<OutputClause>().Select(static o => Hit.At(o)).Concat(script.All<OutputIntoClause>().Select(static o => Hit.At(o)));
}

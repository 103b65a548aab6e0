using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 15.</summary>
internal sealed class ProcedurePrologue() : Rule(
    "procedure-prologue", "the procedure does not begin with its options", "write SET NOCOUNT ON; SET XACT_ABORT ON; first")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<ProcedureStatementBody>()
            .Where(static p => p.StatementList.Statements is not
            [
                PredicateSetStatement { Options: SetOptions.NoCount, IsOn: true },
                PredicateSetStatement { Options: SetOptions.XactAbort, IsOn: true },
                ..
            ])
            .Select(static p => Hit.At((TSqlFragment?)p.StatementList.Statements.FirstOrDefault() ?? p));
}

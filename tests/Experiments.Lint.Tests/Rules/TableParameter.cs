using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, Table variables: table-valued parameters are refused.</summary>
internal sealed class TableParameter() : Rule("table-parameter", "a table as a parameter is not on every engine", "pass keys, or fill #t before the call")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<ProcedureParameter>().Where(static p => p.Modifier == ParameterModifier.ReadOnly).Select(static p => Hit.At(p))
            .Concat(script.All<CreateTypeTableStatement>().Select(static t => Hit.At(t)));
}

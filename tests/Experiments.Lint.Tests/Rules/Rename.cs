using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, Schemas/three-part: sp_rename is refused.</summary>
internal sealed class Rename() : Rule("rename", "sp_rename leaves definitions behind that name the old object", "create the new one, copy, drop the old one")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<ProcedureReference>().Where(static p => p.Name?.BaseIdentifier.Value == "sp_rename").Select(static p => Hit.At(p));
}

using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 8: no sp_, usp_, vw_.</summary>
internal sealed class ObjectPrefix() : Rule(
    "object-prefix", "the name begins with its kind", "leave out sp_, usp_, vw_, fn_ and tbl_")
{
    private static readonly FrozenSet<string> Kinds = FrozenSet.ToFrozenSet(["sp_", "usp_", "vw_", "fn_", "tbl_"], StringComparer.Ordinal);

    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<ViewStatementBody>().Select(static v => v.SchemaObjectName)
            .Concat(script.All<ProcedureStatementBody>().Select(static p => p.ProcedureReference.Name))
            .Concat(script.All<FunctionStatementBody>().Select(static f => f.Name))
            .Concat(script.All<CreateTableStatement>().Select(static t => t.SchemaObjectName))
            .Where(static n => Kinds.Any(k => n.BaseIdentifier.Value.StartsWith(k, StringComparison.Ordinal)))
            .Select(static n => Hit.At(n.BaseIdentifier));
}

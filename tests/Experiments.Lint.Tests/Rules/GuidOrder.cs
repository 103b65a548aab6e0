using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, uniqueidentifier order.</summary>
internal sealed class GuidOrder() : Rule("guid-order", "GUIDs have another order on each engine", "order by a key that is none")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<ExpressionWithSortOrder>().Where(e => script.Types.Of(e.Expression) == Kind.Guid).Select(static e => Hit.At(e));
}

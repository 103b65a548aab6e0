using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>DESIGN 2, Collation: literals are varchar.</summary>
internal sealed class UnicodeLiteral() : Rule("unicode-literal", "N'…' is nvarchar", "write '…'")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<StringLiteral>().Where(static s => s.IsNational).Select(static s => Hit.At(s));
}

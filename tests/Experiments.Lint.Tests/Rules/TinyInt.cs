using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>DESIGN 2: Fabric Warehouse has no tinyint.</summary>
internal sealed class TinyInt() : Rule("tinyint", "there is no tinyint", "write smallint", Profile.Fabric)
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<SqlDataTypeReference>().Where(static t => t.SqlDataTypeOption == SqlDataTypeOption.TinyInt).Select(static t => Hit.At(t));
}

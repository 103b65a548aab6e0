using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>DESIGN 2, Collation: text is varchar in UTF-8; an nvarchar hashes otherwise, and Fabric Warehouse has none.</summary>
internal sealed class UnicodeType() : Rule(
    "unicode-type", "nvarchar is UTF-16, which hashes otherwise and is not on every engine", "write varchar, in UTF-8 bytes", Profile.Both)
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<SqlDataTypeReference>()
            .Where(static t => t.SqlDataTypeOption is SqlDataTypeOption.NVarChar or SqlDataTypeOption.NChar or SqlDataTypeOption.NText)
            .Select(static t => Hit.At(t));
}

using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 9: every varchar a length; without one it is 1 in a column and 30 in a CAST.</summary>
internal sealed class VarcharLength() : Rule(
    "varchar-length", "the type has no length, which means 1 here and 30 there", "write varchar(n)")
{
    private static readonly FrozenSet<string> Sized = FrozenSet.ToFrozenSet(
        ["varchar", "char", "nvarchar", "nchar", "varbinary", "binary"], StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<SqlDataTypeReference>()
            .Where(static t => t.Parameters.Count == 0 && t.Name is { } name && Sized.Contains(name.BaseIdentifier.Value))
            .Select(static t => Hit.At(t));
}

using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, ntext/sql_variant/geography/xml/rowversion/money.</summary>
internal sealed class UnsupportedType() : Rule(
    "unsupported-type", "the type is not on every engine", "choose a type of the portable subset")
{
    private static readonly FrozenSet<string> Types = FrozenSet.ToFrozenSet(
        ["text", "ntext", "image", "sql_variant", "geography", "geometry", "hierarchyid", "xml", "rowversion", "timestamp",
        "money", "smallmoney"],
        StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<DataTypeReference>()
            .Where(static t => t is XmlDataTypeReference || (t.Name is { } name && Types.Contains(name.BaseIdentifier.Value)))
            .Select(static t => Hit.At(t));
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 7: only staging reads raw; quality, which proves that nothing is lost, does too (DESIGN 3).</summary>
internal sealed class RawReader() : Rule("raw-reader", "raw is read outside staging and quality", "read the staging table")
{
    protected override IEnumerable<Hit> Find(Script script) => script.Place is { Folder: not ("raw" or "staging" or "quality") }
        ? script.All<NamedTableReference>().Where(static t => t.SchemaObject.SchemaIdentifier?.Value == "raw").Select(static t => Hit.At(t))
        : [];
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 14; PORTABLE_TSQL, MERGE.</summary>
internal sealed class Merge() : Rule(
    "merge", "MERGE races, and a duplicate match is an error here and silent there", "delete the keys and insert, in one transaction", Profile.Both)
{
    protected override IEnumerable<Hit> Find(Script script) => script.All<MergeStatement>().Select(static m => Hit.At(m));
}

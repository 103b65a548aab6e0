using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, CHECKSUM, NEWID, RAND.</summary>
internal sealed class RandomValue() : Rule("random-value", "the value is another one on each engine", "use HASHBYTES over the key")
{
    private static readonly FrozenSet<string> Refused = FrozenSet.ToFrozenSet(
        ["CHECKSUM", "BINARY_CHECKSUM", "CHECKSUM_AGG", "NEWID", "NEWSEQUENTIALID", "RAND"], StringComparer.OrdinalIgnoreCase);

    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FunctionCall>().Where(static c => Refused.Contains(c.FunctionName.Value)).Select(static c => Hit.At(c));
}

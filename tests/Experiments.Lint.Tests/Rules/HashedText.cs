using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 11; PORTABLE_TSQL, HASHBYTES.</summary>
internal sealed class HashedText() : Rule("hashed-text", "HASHBYTES of anything but varchar hashes other bytes", "hash CAST(… AS varchar(n)) or CONCAT(…)")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<FunctionCall>()
        where string.Equals(call.FunctionName.Value, "HASHBYTES", StringComparison.OrdinalIgnoreCase) && call.Parameters.Count == 2
            && script.Types.Of(call.Parameters[1]) != Kind.Text
        select Hit.At(call.Parameters[1]);
}

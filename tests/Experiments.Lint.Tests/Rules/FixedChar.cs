using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>PORTABLE_TSQL, char(n) padding: only hashes, which always fill it.</summary>
internal sealed class FixedChar() : Rule("fixed-char", "char(n) is padded on one engine and not on another", "write varchar(n)")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<SqlDataTypeReference>()
            .Where(t => t.SqlDataTypeOption == SqlDataTypeOption.Char
                && !(script.Parent(t) is ColumnDefinition { ColumnIdentifier.Value: var name }
                    && (name.Contains("hash", StringComparison.Ordinal) || name.Contains("sha256", StringComparison.Ordinal))))
            .Select(static t => Hit.At(t));
}

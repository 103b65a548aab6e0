using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 2: a block comment comes first; only the lines for the deployment stand before it.</summary>
internal sealed class HeaderComment() : Rule(
    "header-comment", "the file does not begin with what one row is", "write /* the grain, what is read, what is guaranteed */")
{
    protected override IEnumerable<Hit> Find(Script script)
    {
        var first = script.Tree.ScriptTokenStream.First(static t => t.TokenType != TSqlTokenType.WhiteSpace
            && !(t.TokenType == TSqlTokenType.SingleLineComment
                && (t.Text.StartsWith("-- engines: ", StringComparison.Ordinal)
                    || t.Text.StartsWith("-- transaction: ", StringComparison.Ordinal))));
        if (first.TokenType != TSqlTokenType.MultilineComment)
        {
            yield return Hit.At(first);
        }
    }
}

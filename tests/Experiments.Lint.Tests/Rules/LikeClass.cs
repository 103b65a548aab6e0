using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 11; PORTABLE_TSQL, LIKE: only %, _ and literal text.</summary>
internal sealed class LikeClass() : Rule("like-class", "the pattern has a class, or is no literal", "compare with %, _ and text, or use TRANSLATE")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<LikePredicate>()
            .Where(static l => l.SecondExpression is not StringLiteral text || text.Value.Contains('[', StringComparison.Ordinal))
            .Select(static l => Hit.At(l.SecondExpression));
}

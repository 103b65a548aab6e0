using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 4: explicit join kinds.</summary>
internal sealed class JoinKind() : Rule(
    "join-kind", "JOIN does not say which join it is", "write INNER JOIN")
{
    protected override IEnumerable<Hit> Find(Script script)
    {
        foreach (var join in script.All<QualifiedJoin>().Where(static j => j.QualifiedJoinType == QualifiedJoinType.Inner))
        {
            var words = script.Tree.ScriptTokenStream
                .Skip(join.FirstTableReference.LastTokenIndex + 1).Where(static t => !Script.IsBlank(t)).Take(1).ToList();
            if (words is [{ TokenType: TSqlTokenType.Join } word])
            {
                yield return Hit.At(word);
            }
        }
    }
}

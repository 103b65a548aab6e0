using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 4: explicit join kinds.</summary>
internal sealed class CommaJoin() : Rule(
    "comma-join", "a comma in FROM is a join without a word", "write CROSS JOIN, or INNER JOIN with ON")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FromClause>().Where(static f => f.TableReferences.Count > 1).Select(static f => Hit.At(f.TableReferences[1]));
}

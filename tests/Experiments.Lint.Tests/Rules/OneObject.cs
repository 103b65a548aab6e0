using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 1: one object a file.</summary>
internal sealed class OneObject() : Rule(
    "one-object", "a file of database/ holds one object and nothing else", "move this to a file of its own")
{
    protected override IEnumerable<Hit> Find(Script script)
    {
        if (!script.IsDefinition)
        {
            return [];
        }

        var statements = script.Tree.Batches.SelectMany(static b => b.Statements).ToList();
        var strangers = statements.Where(static s => s is not (ViewStatementBody or ProcedureStatementBodyBase));
        return strangers.Concat(statements.Except(strangers).Skip(1)).Select(static s => Hit.At(s));
    }
}

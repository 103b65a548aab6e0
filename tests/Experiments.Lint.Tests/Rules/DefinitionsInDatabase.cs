using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>DESIGN 3: current definitions stand in database/, transitions in migrations/.</summary>
internal sealed class DefinitionsInDatabase() : Rule(
    "definitions-in-database", "a migration defines a view, function or procedure", "put it in database/")
{
    protected override IEnumerable<Hit> Find(Script script) => script.IsMigration
        ? script.All<TSqlStatement>().Where(static s => s is ViewStatementBody or ProcedureStatementBodyBase).Select(static s => Hit.At(s))
        : [];
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>Migrations 3: scripts of database/ are run again when they change.</summary>
internal sealed class CreateOrAlter() : Rule(
    "create-or-alter", "the definition cannot be run twice", "write CREATE OR ALTER")
{
    protected override IEnumerable<Hit> Find(Script script) => script.IsDefinition
        ? script.All<TSqlStatement>()
            .Where(static s => s is CreateViewStatement or AlterViewStatement or CreateProcedureStatement or AlterProcedureStatement
                or CreateFunctionStatement or AlterFunctionStatement)
            .Select(static s => Hit.At(s))
        : [];
}

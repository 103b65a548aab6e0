using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>Migrations 5: an exported file may be run twice.</summary>
internal sealed class GuardedCreate() : Rule(
    "guarded-create", "the migration fails when it is run again", "write IF … IS NULL before it")
{
    protected override IEnumerable<Hit> Find(Script script) => script.IsMigration
        ? script.All<TSqlStatement>()
            .Where(s => s is CreateTableStatement { SchemaObjectName.BaseIdentifier.Value: not ['#', ..] }
                or AlterTableAddTableElementStatement or IndexStatement or CreateRoleStatement
                or ExecuteStatement { ExecuteSpecification.ExecutableEntity: ExecutableStringList })
            .Where(s => !script.IsInside<IfStatement>(s))
            .Select(static s => Hit.At(s))
        : [];
}

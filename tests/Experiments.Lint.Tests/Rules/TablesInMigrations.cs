using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>DESIGN 3: migrations/ is the only place that creates or alters tables.</summary>
internal sealed class TablesInMigrations() : Rule(
    "tables-in-migrations", "a definition creates, alters or drops a table", "write a migration; a temporary table takes SELECT INTO #t")
{
    protected override IEnumerable<Hit> Find(Script script) => script.IsDefinition
        ? script.All<CreateTableStatement>().Where(static t => !IsTemporary(t.SchemaObjectName)).Select(static t => Hit.At(t))
            .Concat(script.All<AlterTableStatement>().Select(static t => Hit.At(t)))
            .Concat(script.All<DropTableStatement>().Where(static t => !t.Objects.All(IsTemporary)).Select(static t => Hit.At(t)))
            .Concat(script.All<IndexStatement>().Select(static i => Hit.At(i)))
            .Concat(script.All<SelectStatement>().Where(static s => s.Into is { } into && !IsTemporary(into)).Select(static s => Hit.At(s.Into)))
        : [];

    private static bool IsTemporary(SchemaObjectName name) => name.BaseIdentifier.Value.StartsWith('#');
}

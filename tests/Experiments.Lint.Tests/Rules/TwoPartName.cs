using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 5: always two-part names.</summary>
internal sealed class TwoPartName() : Rule(
    "two-part-name", "the name is not schema.object", "write both parts, and no more")
{
    protected override IEnumerable<Hit> Find(Script script)
    {
        var used = script.All<NamedTableReference>()
            .Where(t => !IsLocal(script, t)).Select(static t => t.SchemaObject)
            .Concat(script.All<SchemaObjectFunctionTableReference>().Select(static t => t.SchemaObject))
            .Concat(script.All<ProcedureReference>().Select(static p => p.Name))
            .Concat(script.All<ViewStatementBody>().Select(static v => v.SchemaObjectName))
            .Concat(script.All<FunctionStatementBody>().Select(static f => f.Name))
            .Concat(script.All<CreateTableStatement>().Select(static t => t.SchemaObjectName))
            .Concat(script.All<AlterTableStatement>().Select(static t => t.SchemaObjectName))
            .Concat(script.All<DropObjectsStatement>().SelectMany(static d => d.Objects))
            .Concat(script.All<ForeignKeyConstraintDefinition>().Select(static k => k.ReferenceTableName))
            .Concat(script.All<CreateIndexStatement>().Select(static i => i.OnName));
        return used
            .Where(static n => n is { BaseIdentifier: { } name } && !name.Value.StartsWith('#')
                && !(n.SchemaIdentifier is null && name.Value.StartsWith("sp_", StringComparison.Ordinal))
                && (n.SchemaIdentifier is null || n.DatabaseIdentifier is not null))
            .Select(static n => Hit.At(n));
    }

    /// <summary>A common table expression in reach, or the alias that UPDATE and DELETE aim at.</summary>
    private static bool IsLocal(Script script, NamedTableReference table)
    {
        if (table.SchemaObject.SchemaIdentifier is not null)
        {
            return false;
        }

        var name = table.SchemaObject.BaseIdentifier.Value;
        return script.Ancestors(table).Any(a => a switch
        {
            StatementWithCtesAndXmlNamespaces { WithCtesAndXmlNamespaces: { } with } =>
                with.CommonTableExpressions.Any(c => string.Equals(c.ExpressionName.Value, name, StringComparison.Ordinal)),
            UpdateDeleteSpecificationBase { FromClause: not null } change => ReferenceEquals(change.Target, table)
                && Sources.Of(change).Any(s => string.Equals(Sources.Name(s), name, StringComparison.Ordinal)),
            _ => false,
        });
    }
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 14; the one exemption, EXEC('CREATE SCHEMA …') in a migration, is Migrations 5.</summary>
internal sealed class DynamicSql() : Rule("dynamic-sql", "the text of a statement is built at run time", "write the statement")
{
    protected override IEnumerable<Hit> Find(Script script) => script.All<ExecuteStatement>()
        .Where(e => e.ExecuteSpecification.ExecutableEntity switch
        {
            ExecutableStringList list => !(script.IsMigration && list.Strings is [StringLiteral text] && IsCreateSchema(text.Value)),
            ExecutableProcedureReference { ProcedureReference.ProcedureReference.Name.BaseIdentifier.Value: "sp_executesql" } => true,
            ExecutableProcedureReference { ProcedureReference.ProcedureVariable: not null } => true,
            _ => false,
        })
        .Select(static e => Hit.At(e));

    private static bool IsCreateSchema(string text)
    {
        using var reader = new StringReader(text);
        return new TSql150Parser(initialQuotedIdentifiers: true).Parse(reader, out var errors) is TSqlScript
        {
            Batches: [{ Statements: [CreateSchemaStatement] }],
        } && errors.Count == 0;
    }
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 8: pk_, uq_, fk_t_ref, ck_t_rule, df_t_column.</summary>
internal sealed class ConstraintPrefix() : Rule(
    "constraint-prefix", "the name does not say the constraint's kind and table", "write pk_, uq_, fk_, ck_ or df_ and the table")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from constraint in script.All<ConstraintDefinition>()
        where constraint.ConstraintIdentifier is not null
        let table = script.Ancestors(constraint).Select(static a => a switch
        {
            CreateTableStatement t => t.SchemaObjectName.BaseIdentifier.Value,
            AlterTableStatement t => t.SchemaObjectName.BaseIdentifier.Value,
            _ => null,
        }).FirstOrDefault(static n => n is not null)
        where table is not null
            && !constraint.ConstraintIdentifier.Value.StartsWith(Prefix(constraint) + table, StringComparison.Ordinal)
        select Hit.At(constraint.ConstraintIdentifier);

    private static string Prefix(ConstraintDefinition constraint) => constraint switch
    {
        UniqueConstraintDefinition { IsPrimaryKey: true } => "pk_",
        UniqueConstraintDefinition => "uq_",
        ForeignKeyConstraintDefinition => "fk_",
        CheckConstraintDefinition => "ck_",
        DefaultConstraintDefinition => "df_",
        _ => throw new ArgumentOutOfRangeException(nameof(constraint), constraint.GetType().Name, "No prefix for this constraint."),
    };
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 8: constraints always named; tables that live for a session are free.</summary>
internal sealed class ConstraintName() : Rule(
    "constraint-name", "the server would name the constraint, differently in each database", "write CONSTRAINT and a name")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from constraint in script.All<ConstraintDefinition>()
        where constraint is not NullableConstraintDefinition && constraint.ConstraintIdentifier is null
            && !script.Ancestors(constraint).Any(static a => a is DeclareTableVariableBody
                || (a is CreateTableStatement { SchemaObjectName.BaseIdentifier.Value: var name } && name.StartsWith('#')))
        select Hit.At(constraint);
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 15: a procedure that changes tables does so in the transaction of its caller or in its own.</summary>
internal sealed class ProcedureTransaction() : Rule(
    "procedure-transaction", "what is changed here is not in a transaction that nests",
    "write DECLARE @outer int = @@TRANCOUNT and the BEGIN TRY, BEGIN CATCH of STYLE 15")
{
    protected override IEnumerable<Hit> Find(Script script)
    {
        foreach (var procedure in script.All<ProcedureStatementBody>())
        {
            var statements = procedure.StatementList.Statements;
            var changes = script.Below<DataModificationSpecification>(procedure)
                .Where(static c => c.Target is not NamedTableReference { SchemaObject.BaseIdentifier.Value: ['#', ..] } and not VariableTableReference)
                .ToList();
            if (statements.OfType<TryCatchStatement>().SingleOrDefault() is not { } guarded)
            {
                foreach (var change in changes.Take(1))
                {
                    yield return Hit.At(change);
                }

                continue;
            }

            if (!ReferenceEquals(statements[^1], guarded)
                || !statements.OfType<DeclareVariableStatement>().Any(static d => d.Declarations is
                    [{ VariableName.Value: "@outer", Value: GlobalVariableExpression { Name: "@@TRANCOUNT" } }])
                || guarded.TryStatements.Statements is not
                [
                    IfStatement { ThenStatement: BeginTransactionStatement { Name: null }, ElseStatement: null } begin, ..,
                    IfStatement { ThenStatement: CommitTransactionStatement { Name: null }, ElseStatement: null } commit
                ]
                || guarded.CatchStatements.Statements is not
                [
                    IfStatement { ThenStatement: RollbackTransactionStatement { Name: null }, ElseStatement: null } rollback,
                    ThrowStatement { ErrorNumber: null }
                ]
                || !IsOuterZero(begin.Predicate) || !IsOuterZero(commit.Predicate)
                || rollback.Predicate is not BooleanBinaryExpression
                {
                    BinaryExpressionType: BooleanBinaryExpressionType.And,
                    SecondExpression: BooleanComparisonExpression
                    {
                        ComparisonType: BooleanComparisonType.GreaterThan,
                        FirstExpression: GlobalVariableExpression { Name: "@@TRANCOUNT" },
                        SecondExpression: IntegerLiteral { Value: "0" },
                    },
                } both
                || !IsOuterZero(both.FirstExpression))
            {
                yield return Hit.At(guarded);
                continue;
            }

            foreach (var change in changes.Where(c => !script.Ancestors(c).Contains(guarded)).Take(1))
            {
                yield return Hit.At(change);
            }
        }
    }

    private static bool IsOuterZero(BooleanExpression predicate) => predicate is BooleanComparisonExpression
    {
        ComparisonType: BooleanComparisonType.Equals,
        FirstExpression: VariableReference { Name: "@outer" },
        SecondExpression: IntegerLiteral { Value: "0" },
    };
}

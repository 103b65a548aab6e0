using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 4: a semicolon after every statement; control flow ends with its last statement's.</summary>
internal sealed class Semicolon() : Rule(
    "semicolon", "the statement has no end", "write a semicolon after it")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from statement in script.All<TSqlStatement>()
        where statement is not (IfStatement or WhileStatement or ViewStatementBody or ProcedureStatementBodyBase)
            && script.Parent(statement) is not (SelectFunctionReturnType or ViewStatementBody or ExecutableStringList)
        where !IsSemicolon(script.Token(statement.LastTokenIndex, -1)) && !IsSemicolon(script.After(statement))
        select Hit.At(statement);

    private static bool IsSemicolon(TSqlParserToken? token) => token?.TokenType == TSqlTokenType.Semicolon;
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 14: no scalar UDFs; only inline table-valued functions are on every engine.</summary>
internal sealed class InlineFunction() : Rule(
    "inline-function", "the function is not inline", "return one row as RETURNS TABLE AS RETURN (SELECT …)")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<FunctionStatementBody>().Where(static f => f.ReturnType is not SelectFunctionReturnType).Select(static f => Hit.At(f));
}

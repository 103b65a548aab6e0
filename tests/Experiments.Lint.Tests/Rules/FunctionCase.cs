using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 3: functions UPPER.</summary>
internal sealed class FunctionCase() : Rule("function-case", "the function is not in capitals", "write it in capitals")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<PrimaryExpression>()
        let name = call switch
        {
            FunctionCall { CallTarget: null } c => c.FunctionName.Value,
            CastCall or TryCastCall or ConvertCall or TryConvertCall => call.ScriptTokenStream[call.FirstTokenIndex].Text,
            _ => "",
        }
        where name.Any(char.IsAsciiLetterLower)
        select Hit.At(call);
}

using System.Globalization;
using System.Text;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

/// <summary>Values that need no query: a literal or a variable that already has the type asked for.</summary>
internal static class Constants
{
    internal static bool TryEvaluate(
        ScalarExpression expression, SqlType? target, Func<string, Variable?> variables, out object? value)
    {
        value = null;
        switch (expression)
        {
            case NullLiteral:
                return target is not null;
            case IntegerLiteral { Value: var digits } when target?.Kind == SqlKind.Int
                && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number):
                value = number;
                return true;
            case StringLiteral { IsNational: false, Value: var text } when target is null
                || target.Kind == SqlKind.VarChar
                    && (target.Length == SqlType.Max || Encoding.UTF8.GetByteCount(text) <= target.Length):
                value = text;
                return true;
            case VariableReference { Name: var name } when variables(name) is { } variable
                && (target is null || variable.Type == target):
                value = variable.Value;
                return true;
            default:
                return false;
        }
    }
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 16: JSON_VALUE returns nvarchar(4000); the path is a literal or a column.</summary>
internal sealed class JsonValueCast() : Rule("json-value-cast", "JSON_VALUE gives nvarchar, or its path is computed", "write CAST(JSON_VALUE(text, path) AS varchar(n))")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from call in script.All<FunctionCall>()
        where string.Equals(call.FunctionName.Value, "JSON_VALUE", StringComparison.OrdinalIgnoreCase)
            && (script.Parent(call) is not CastCall { DataType: SqlDataTypeReference { SqlDataTypeOption: SqlDataTypeOption.VarChar } }
                || call.Parameters is not [_, StringLiteral or ColumnReferenceExpression])
        select Hit.At(call);
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>DESIGN 4; PORTABLE_TSQL, TRY_CAST of '': raw text is never converted by a bare CAST, also not behind a WHERE.</summary>
internal sealed class RawConversion() : Rule("raw-conversion", "raw text is converted without a check of its shape", "check the shape, then TRY_CAST")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<PrimaryExpression>()
            .Select(static e => e switch
            {
                CastCall c => (Call: e, From: (ScalarExpression?)c.Parameter, To: (DataTypeReference?)c.DataType),
                ConvertCall c => (Call: e, From: (ScalarExpression?)c.Parameter, To: (DataTypeReference?)c.DataType),
                _ => (Call: e, From: (ScalarExpression?)null, To: (DataTypeReference?)null),
            })
            .Where(c => c.From is not null && ExpressionTypes.FromType(c.To) is not (Kind.Text or Kind.Unicode or Kind.Binary or Kind.Unknown)
                && script.Types.Type(c.From) is { IsRaw: true, Kind: Kind.Text })
            .Select(static c => Hit.At(c.Call));
}

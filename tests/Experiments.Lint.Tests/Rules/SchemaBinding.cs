using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 14.</summary>
internal sealed class SchemaBinding() : Rule("schemabinding", "the object holds its sources fast", "leave SCHEMABINDING out")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<ViewOption>().Where(static o => o.OptionKind == ViewOptionKind.SchemaBinding).Select(static o => Hit.At(o))
            .Concat(script.All<FunctionOption>().Where(static o => o.OptionKind == FunctionOptionKind.SchemaBinding).Select(static o => Hit.At(o)))
            .Concat(script.All<ProcedureOption>().Where(static o => o.OptionKind == ProcedureOptionKind.SchemaBinding).Select(static o => Hit.At(o)));
}

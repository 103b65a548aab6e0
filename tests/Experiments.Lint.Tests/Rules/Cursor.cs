using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 14: no cursors.</summary>
internal sealed class Cursor() : Rule("cursor", "a cursor goes row by row", "write a set-based statement", Profile.Both)
{
    protected override IEnumerable<Hit> Find(Script script) =>
        script.All<TSqlStatement>()
            .Where(static s => s is DeclareCursorStatement or SetVariableStatement { CursorDefinition: not null })
            .Select(static s => Hit.At(s));
}

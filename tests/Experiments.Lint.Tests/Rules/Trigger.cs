using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 14: no triggers.</summary>
internal sealed class Trigger() : Rule("trigger", "a trigger acts where nobody looks", "write it in the procedure that changes the table", Profile.Both)
{
    protected override IEnumerable<Hit> Find(Script script) => script.All<TriggerStatementBody>().Select(static t => Hit.At(t));
}

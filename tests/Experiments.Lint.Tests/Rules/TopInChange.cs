using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 13: TOP in INSERT, UPDATE or DELETE has no ORDER BY to go with it.</summary>
internal sealed class TopInChange() : Rule("top-in-change", "the change takes any rows", "choose the keys with an ordered query first")
{
    protected override IEnumerable<Hit> Find(Script script) => script.All<DataModificationSpecification>()
        .Where(static c => c.TopRowFilter is not null).Select(static c => Hit.At(c.TopRowFilter));
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 3: keywords UPPER.</summary>
internal sealed class KeywordCase() : Rule("keyword-case", "the keyword is not in capitals", "write it in capitals")
{
    protected override IEnumerable<Hit> Find(Script script)
    {
        var types = script.All<DataTypeReference>().Select(static t => t.FirstTokenIndex).ToHashSet();
        return script.Tree.ScriptTokenStream
            .Where((t, i) => t.IsKeyword() && !types.Contains(i) && t.Text.Any(char.IsAsciiLetterLower))
            .Select(static t => Hit.At(t));
    }
}

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 1: the last line is GO.</summary>
internal sealed class LastLineGo() : Rule("last-line-go", "the file does not end with GO", "write GO and a line end as its last line")
{
    protected override IEnumerable<Hit> Find(Script script)
    {
        if (!script.Text.ReplaceLineEndings("\n").EndsWith("\nGO\n", StringComparison.Ordinal))
        {
            yield return new Hit(script.Text.TrimEnd().Split('\n').Length, 1);
        }
    }
}

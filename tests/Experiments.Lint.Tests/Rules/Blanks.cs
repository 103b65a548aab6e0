namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 4: four spaces; no tabs, nothing after the last word of a line.</summary>
internal sealed class Blanks() : Rule("blanks", "the line has a tab, or blanks at its end", "indent with four spaces and end lines with a word")
{
    protected override IEnumerable<Hit> Find(Script script)
    {
        for (var i = 0; i < script.Lines.Count; i++)
        {
            var line = script.Lines[i].TrimEnd('\r');
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            if (tab >= 0 || line.EndsWith(' '))
            {
                yield return new Hit(i + 1, tab >= 0 ? tab + 1 : line.TrimEnd().Length + 1);
            }
        }
    }
}

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 1: LF; the first line that ends otherwise stands for all.</summary>
internal sealed class LineEnding() : Rule("line-ending", "the line ends with CR", "end lines with LF")
{
    protected override IEnumerable<Hit> Find(Script script) => script.Lines
        .Select(static (line, i) => new Hit(i + 1, line.IndexOf('\r', StringComparison.Ordinal) + 1))
        .Where(static h => h.Column > 0)
        .Take(1);
}

namespace Experiments.Lint.Tests.Rules;

/// <summary>Lines of 120 columns at most.</summary>
internal sealed class LineLength() : Rule("line-length", "the line is longer than 120 columns", "break it")
{
    private const int Longest = 120;

    protected override IEnumerable<Hit> Find(Script script) => script.Lines
        .Select(static (line, i) => (Length: line.EnumerateRunes().Count(), Line: i + 1))
        .Where(static l => l.Length > Longest)
        .Select(static l => new Hit(l.Line, Longest + 1));
}

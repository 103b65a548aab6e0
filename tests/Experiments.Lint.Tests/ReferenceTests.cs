using Experiments.LocalSql;

namespace Experiments.Lint.Tests;

/// <summary>The README's list of what the local engine accepts is the one that its tables give.</summary>
public sealed class ReferenceTests
{
    private const string Begin = "<!-- runner sql --accepts -->\n";
    private const string End = "<!-- end -->";

    [Fact]
    public void The_reference_of_the_README_is_generated_from_the_tables()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings("\n");
        var start = text.IndexOf(Begin, StringComparison.Ordinal);
        Assert.True(start >= 0, "README.md holds no line " + Begin);
        start += Begin.Length;
        var length = text.IndexOf(End, start, StringComparison.Ordinal) - start;
        Assert.True(
            Reference.Markdown() == text.Substring(start, length),
            "The README's list is out of date: put what 'runner sql --accepts' prints between its marks.");
    }
}

using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests;

/// <summary>STYLE 15: the numbers of THROW stand in one table of the README, which names who throws them.</summary>
public sealed class ErrorNumberTests
{
    [Fact]
    public void Every_number_thrown_has_a_row_in_the_readme_that_names_the_schema_that_throws_it()
    {
        var rows = File.ReadAllLines(Path.Combine(Repository.Root, "README.md"))
            .Where(static l => l.StartsWith("| 50", StringComparison.Ordinal)).ToList();
        var thrown = Repository.Files("database")
            .SelectMany(static f => Script.Load(f, TableTypes.None).All<ThrowStatement>()
                .Where(static t => t.ErrorNumber is IntegerLiteral)
                .Select(t => (Number: ((IntegerLiteral)t.ErrorNumber).Value, Object: References.Defined(f["database/".Length..]))))
            .Distinct().ToList();
        Assert.NotEmpty(thrown);
        Assert.Equal([], thrown.Where(t => !rows.Exists(r =>
        {
            var cells = r.Split('|');
            return cells[1].Contains(t.Number, StringComparison.Ordinal)
                && (cells[2].Contains($"`{t.Object}`", StringComparison.Ordinal)
                    || cells[2].Contains($"`{t.Object.Split('.')[0]}.*`", StringComparison.Ordinal));
        })).Select(static t => $"{t.Number} of {t.Object}"));
    }
}

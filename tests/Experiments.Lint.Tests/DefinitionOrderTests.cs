using System.Text;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests;

/// <summary>database/order.txt is complete and topological, by the names that ScriptDom finds in the definitions.</summary>
public sealed class DefinitionOrderTests
{
    private readonly List<string> _order =
        [.. File.ReadAllLines(Path.Combine(Repository.Root, "database", "order.txt")).Select(static l => l.Trim()).Where(static l => l.Length > 0)];

    private readonly Dictionary<string, Script> _definitions = Repository.Files("database")
        .ToDictionary(static f => f["database/".Length..], static f => Script.Load(f, TableTypes.None), StringComparer.Ordinal);

    private readonly HashSet<string> _tables = Repository.Files("migrations")
        .SelectMany(static f => Script.Load(f, TableTypes.None).All<CreateTableStatement>())
        .Select(static t => TableTypes.Name(t.SchemaObjectName)).ToHashSet(StringComparer.Ordinal);

    [Fact]
    public void Every_definition_comes_once_and_after_everything_it_names() =>
        Assert.Equal([], DefinitionOrder.Problems(_order, _definitions, _tables));

    [Fact]
    public void Each_dependency_turned_around_is_reported_by_name()
    {
        var turned = 0;
        foreach (var file in _order)
        {
            foreach (var name in References.Of(_definitions[file]).Select(static r => r.Name).Distinct(StringComparer.Ordinal))
            {
                var read = _order.Find(f => References.Defined(f) == name);
                if (read is null || read == file)
                {
                    continue;
                }

                var wrong = _order.Where(f => f != file).ToList();
                wrong.Insert(wrong.IndexOf(read), file);
                var reported = DefinitionOrder.Problems(wrong, _definitions, _tables);
                Assert.Contains(reported, p => p.StartsWith(file + ":", StringComparison.Ordinal)
                    && p.EndsWith($" names {name}, which comes later in order.txt.", StringComparison.Ordinal));
                turned++;
            }
        }

        Assert.True(turned >= _order.Count / 2, $"Only {turned} dependencies were found among {_order.Count} definitions.");
    }

    [Fact]
    public void A_wrong_order_a_missing_file_a_second_line_and_an_unknown_name_are_each_one_sentence()
    {
        var definitions = new Dictionary<string, Script>(StringComparer.Ordinal)
        {
            ["marts/plays.sql"] = Parse("CREATE OR ALTER VIEW marts.plays AS SELECT s.play_id FROM staging.stg_plays AS s;"),
            ["results/totals.sql"] = Parse("CREATE OR ALTER VIEW results.totals AS SELECT p.play_id FROM marts.plays AS p;"),
            ["results/extra.sql"] = Parse("CREATE OR ALTER VIEW results.extra AS SELECT p.play_id FROM marts.gone AS p;"),
        };
        var tables = new HashSet<string>(StringComparer.Ordinal) { "staging.stg_plays" };
        Assert.Equal(
            ["results/extra.sql is not in order.txt.", "results/totals.sql:1:62 names marts.plays, which comes later in order.txt."],
            DefinitionOrder.Problems(["results/totals.sql", "marts/plays.sql"], definitions, tables));
        Assert.Equal(
            [
                "order.txt lists marts/plays.sql more than once.", "order.txt lists marts/lost.sql, which is not there.",
                "results/extra.sql:1:61 names marts.gone, which no script creates.",
            ],
            DefinitionOrder.Problems(
                ["marts/plays.sql", "marts/plays.sql", "marts/lost.sql", "results/totals.sql", "results/extra.sql"], definitions, tables));
    }

    [Fact]
    public void Every_way_to_name_an_object_is_found()
    {
        var script = Parse("""
            CREATE OR ALTER PROCEDURE a.p
            AS
            WITH c AS (SELECT x.id FROM a.in_cte AS x)
            INSERT INTO a.in_insert (id)
            SELECT c.id
            FROM c
            LEFT JOIN a.in_join AS j ON j.id = c.id
            CROSS APPLY a.in_apply(c.id) AS f
            CROSS APPLY (SELECT d.id FROM a.in_derived AS d) AS d
            WHERE EXISTS (SELECT 1 FROM a.in_exists AS e) AND c.id IN (SELECT i.id FROM a.in_list AS i)
                AND a.in_call(c.id) = (SELECT MAX(s.id) FROM a.in_scalar AS s);
            UPDATE u SET id = 1 FROM a.in_update AS u;
            DELETE FROM a.in_delete;
            IF EXISTS (SELECT 1 FROM a.in_if AS i)
                EXEC a.in_exec @id = 1;
            SELECT t.id INTO #t FROM a.in_into AS t;
            """);
        Assert.Equal(
            [
                "a.in_apply", "a.in_call", "a.in_cte", "a.in_delete", "a.in_derived", "a.in_exec", "a.in_exists", "a.in_if",
                "a.in_insert", "a.in_into", "a.in_join", "a.in_list", "a.in_scalar", "a.in_update",
            ],
            References.Of(script).Select(static r => r.Name).Order(StringComparer.Ordinal));
    }

    private static Script Parse(string sql) => Script.Parse("database/planted.sql", Encoding.UTF8.GetBytes(sql), TableTypes.None);
}

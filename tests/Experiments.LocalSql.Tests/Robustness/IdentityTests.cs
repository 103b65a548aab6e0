namespace Experiments.LocalSql.Tests.Robustness;

/// <summary>Pairs of queries that must agree whatever the data are, over generated ones.</summary>
public sealed class IdentityTests
{
    private const int PerSeed = 6;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_filter_its_negation_and_the_unknown_partition_the_rows(int seed) => Each(seed, (queries, database) =>
    {
        var p = queries.Predicate("t");
        Same(database,
            "SELECT COUNT_BIG(*) AS n FROM dbo.x AS t",
            $"""
            SELECT (SELECT COUNT_BIG(*) FROM dbo.x AS t WHERE {p}) + (SELECT COUNT_BIG(*) FROM dbo.x AS t WHERE NOT ({p}))
                + (SELECT COUNT_BIG(*) FROM dbo.x AS t WHERE CASE WHEN {p} THEN 1 WHEN NOT ({p}) THEN 1 ELSE 0 END = 0) AS n
            """);
        Same(database,
            $"SELECT t.id FROM dbo.x AS t WHERE {p}",
            $"SELECT t.id FROM dbo.x AS t WHERE NOT (NOT ({p}))",
            $"SELECT t.id FROM dbo.x AS t WHERE IIF({p}, 1, 0) = 1",
            $"SELECT t.id FROM dbo.x AS t EXCEPT SELECT t.id FROM dbo.x AS t WHERE CASE WHEN {p} THEN 0 ELSE 1 END = 1");
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_join_equals_its_apply_form(int seed) => Each(seed, (queries, database) =>
    {
        var p = queries.Predicate("t", "u");
        Same(database,
            $"SELECT t.id, u.id AS other_id FROM dbo.x AS t INNER JOIN dbo.y AS u ON {p}",
            $"SELECT t.id, v.id AS other_id FROM dbo.x AS t CROSS APPLY (SELECT u.id FROM dbo.y AS u WHERE {p}) AS v",
            $"SELECT t.id, u.id AS other_id FROM dbo.x AS t CROSS JOIN dbo.y AS u WHERE {p}",
            $"SELECT t.id, u.id AS other_id FROM dbo.y AS u INNER JOIN dbo.x AS t ON {p}");
        p = queries.Predicate("t", "u", subqueries: false);
        Same(database,
            $"SELECT t.id, u.id AS other_id FROM dbo.x AS t LEFT JOIN dbo.y AS u ON {p}",
            $"SELECT t.id, v.id AS other_id FROM dbo.x AS t OUTER APPLY (SELECT u.id FROM dbo.y AS u WHERE {p}) AS v",
            $"SELECT t.id, u.id AS other_id FROM dbo.y AS u RIGHT JOIN dbo.x AS t ON {p}");
        Same(database,
            $"SELECT t.id FROM dbo.x AS t WHERE EXISTS (SELECT 1 FROM dbo.y AS u WHERE {p})",
            $"SELECT DISTINCT t.id FROM dbo.x AS t INNER JOIN dbo.y AS u ON {p}");
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Grouped_sums_add_up_to_the_total(int seed) => Each(seed, (queries, database) =>
    {
        var e = queries.Integer("t", 2);
        var p = queries.Predicate("t", depth: 2);
        var total = $"SELECT COUNT_BIG(*) AS n, COUNT_BIG({e}) AS n_e, COALESCE(SUM(CAST({e} AS bigint)), 0) AS s, MIN({e}) AS low, MAX({e}) AS high FROM dbo.x AS t WHERE {p}";
        var grouped = $"SELECT t.g, t.b, COUNT_BIG(*) AS n, COUNT_BIG({e}) AS n_e, SUM(CAST({e} AS bigint)) AS s, MIN({e}) AS low, MAX({e}) AS high FROM dbo.x AS t WHERE {p} GROUP BY t.g, t.b";
        Same(database, total,
            $"SELECT COALESCE(SUM(q.n), 0) AS n, COALESCE(SUM(q.n_e), 0) AS n_e, COALESCE(SUM(q.s), 0) AS s, MIN(q.low) AS low, MAX(q.high) AS high FROM ({grouped}) AS q",
            $"SELECT q.n, q.n_e, COALESCE(q.s, 0) AS s, q.low, q.high FROM (SELECT COUNT_BIG(*) AS n, COUNT_BIG({e}) AS n_e, SUM(CAST({e} AS bigint)) AS s, MIN({e}) AS low, MAX({e}) AS high FROM dbo.x AS t WHERE {p} GROUP BY GROUPING SETS (())) AS q");
        Same(database,
            $"SELECT t.g, SUM(CAST({e} AS bigint)) AS s FROM dbo.x AS t WHERE {p} GROUP BY t.g UNION ALL SELECT NULL, SUM(CAST({e} AS bigint)) FROM dbo.x AS t WHERE {p}",
            $"SELECT t.g, SUM(CAST({e} AS bigint)) AS s FROM dbo.x AS t WHERE {p} GROUP BY GROUPING SETS ((t.g), ())");
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_window_total_equals_the_groups(int seed) => Each(seed, (queries, database) =>
    {
        var e = queries.Integer("t", 2);
        Same(database,
            $"SELECT t.g, SUM(CAST({e} AS bigint)) AS s, COUNT_BIG(*) AS n, MAX({e}) AS high FROM dbo.x AS t GROUP BY t.g",
            $"SELECT DISTINCT t.g, SUM(CAST({e} AS bigint)) OVER (PARTITION BY t.g) AS s, COUNT_BIG(*) OVER (PARTITION BY t.g) AS n, MAX({e}) OVER (PARTITION BY t.g) AS high FROM dbo.x AS t");
        Same(database,
            "SELECT t.g, t.id FROM dbo.x AS t WHERE t.id = (SELECT MAX(q.id) FROM dbo.x AS q WHERE q.g = t.g OR (q.g IS NULL AND t.g IS NULL))",
            "SELECT q.g, q.id FROM (SELECT t.g, t.id, ROW_NUMBER() OVER (PARTITION BY t.g ORDER BY t.id DESC) AS k FROM dbo.x AS t) AS q WHERE q.k = 1",
            "SELECT q.g, q.id FROM (SELECT t.g, t.id, LEAD(t.id) OVER (PARTITION BY t.g ORDER BY t.id) AS k FROM dbo.x AS t) AS q WHERE q.k IS NULL");
        Same(database,
            $"SELECT t.id, (SELECT SUM(CAST({e.Replace("t.", "q.", StringComparison.Ordinal)} AS bigint)) FROM dbo.x AS q WHERE q.id <= t.id) AS s FROM dbo.x AS t",
            $"SELECT t.id, SUM(CAST({e} AS bigint)) OVER (ORDER BY t.id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s FROM dbo.x AS t");
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_common_table_equals_its_inlined_form(int seed) => Each(seed, (queries, database) =>
    {
        var (c, p) = (queries.Columns("t"), queries.Predicate("t"));
        var query = $"SELECT t.id, {c} FROM dbo.x AS t WHERE {p}";
        database.Run($"CREATE OR ALTER VIEW dbo.v AS {query}");
        database.Run($"CREATE OR ALTER FUNCTION dbo.w (@least int) RETURNS TABLE AS RETURN (SELECT v.* FROM ({query}) AS v WHERE v.id >= @least)");
        Same(database, query,
            $"WITH q AS ({query}) SELECT q.* FROM q",
            $"SELECT q.* FROM ({query}) AS q",
            "SELECT v.* FROM dbo.v AS v",
            "SELECT w.* FROM dbo.w(0) AS w",
            $"SELECT q.* INTO #q FROM ({query}) AS q; SELECT q.* FROM #q AS q; DROP TABLE #q",
            $"EXEC('{query.Replace("'", "''", StringComparison.Ordinal)}')");
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Pages_put_together_are_the_whole_and_set_operations_agree(int seed) => Each(seed, (queries, database) =>
    {
        var (c, p, n) = (queries.Columns("t"), queries.Predicate("t"), 1 + queries.Next(10));
        Same(database,
            $"SELECT t.id, {c} FROM dbo.x AS t",
            $"SELECT q.* FROM (SELECT TOP ({n}) t.id, {c} FROM dbo.x AS t ORDER BY t.b, t.id) AS q UNION ALL SELECT q.* FROM (SELECT t.id, {c} FROM dbo.x AS t ORDER BY t.b, t.id OFFSET {n} ROWS FETCH NEXT 1000 ROWS ONLY) AS q");
        Same(database,
            $"SELECT DISTINCT {c} FROM dbo.x AS t",
            $"SELECT {c} FROM dbo.x AS t WHERE {p} UNION SELECT {c} FROM dbo.x AS t",
            $"(SELECT {c} FROM dbo.x AS t EXCEPT SELECT {c} FROM dbo.x AS t WHERE {p}) UNION ALL (SELECT {c} FROM dbo.x AS t INTERSECT SELECT {c} FROM dbo.x AS t WHERE {p})");
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_change_does_what_the_query_says(int seed) => Each(seed, (queries, database) =>
    {
        var (p, e) = (queries.Predicate("t"), queries.Integer("t", 2));
        Same(database,
            $"SELECT t.id, CASE WHEN {p} THEN {e} ELSE t.a END AS a FROM dbo.x AS t",
            $"BEGIN TRANSACTION; UPDATE t SET t.a = {e} FROM dbo.x AS t WHERE {p}; SELECT t.id, t.a FROM dbo.x AS t; ROLLBACK TRANSACTION;");
        Same(database,
            $"SELECT t.id FROM dbo.x AS t WHERE CASE WHEN {p} THEN 1 ELSE 0 END = 0",
            $"BEGIN TRANSACTION; DELETE t FROM dbo.x AS t WHERE {p}; SELECT t.id FROM dbo.x AS t; ROLLBACK TRANSACTION;");
    });

    private static void Each(int seed, Action<RandomQueries, LocalDatabase> check)
    {
        var queries = new RandomQueries(seed);
        using var database = new LocalDatabase();
        database.Run([.. queries.Tables()]);
        for (var i = 0; i < PerSeed; i++)
        {
            check(queries, database);
        }
    }

    private static void Same(LocalDatabase database, params string[] queries)
    {
        var expected = Sorted(database, queries[0]);
        foreach (var query in queries.Skip(1))
        {
            var actual = Sorted(database, query);
            Assert.True(expected == actual, $"{queries[0]}\n\n{expected}\n\n{query}\n\n{actual}");
        }
    }

    private static string Sorted(LocalDatabase database, string query)
    {
        try
        {
            return string.Join('\n', database.Rows(query).Split('\n').Order(StringComparer.Ordinal));
        }
        catch (LocalSqlException e)
        {
            throw new InvalidOperationException(e.Number + " " + e.Message + "\n" + query + "\n" + e.Data["DuckDbSql"], e);
        }
    }
}

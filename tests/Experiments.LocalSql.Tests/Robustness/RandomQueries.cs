using System.Globalization;

namespace Experiments.LocalSql.Tests.Robustness;

/// <summary>
/// Seeded T-SQL inside the subset, over two small tables with NULLs, ties and blanks: predicates and expressions that
/// cannot fail at run time, so that whatever differs between two forms of a query is a fault of the translation.
/// </summary>
internal sealed class RandomQueries(int seed)
{
    private static readonly string[] Integers = ["id", "a", "b"];
    private static readonly string[] Texts = ["g", "h"];
    private static readonly string[] Comparisons = ["=", "<>", "<", "<=", ">", ">="];
    private static readonly string[] Parts = ["day", "hour", "month"];

    private readonly Random _random = new(seed);

    internal int Next(int below) => _random.Next(below);

    internal string Pick(params string[] of) => of[_random.Next(of.Length)];

    /// <summary>CREATE TABLE and rows for <c>dbo.x</c> and <c>dbo.y</c>.</summary>
    internal IEnumerable<string> Tables()
    {
        foreach (var table in new[] { "x", "y" })
        {
            yield return $"CREATE TABLE dbo.{table} (id int NOT NULL, a int NULL, b int NULL, g varchar(5) NULL, h varchar(8) NULL, f float NULL, d decimal(9,2) NULL, at datetime2(6) NULL)";
            var rows = Enumerable.Range(1, 5 + Next(25)).Select(i =>
                $"({i}, {Int()}, {Int()}, {Text()}, {Text()}, {Float()}, {Money()}, {Time()})");
            yield return $"INSERT INTO dbo.{table} (id, a, b, g, h, f, d, at) VALUES {string.Join(", ", rows)}";
        }
    }

    /// <summary>A predicate over the columns of <paramref name="t"/>, and of <paramref name="u"/> where it is given.</summary>
    internal string Predicate(string t, string? u = null, int depth = 3, bool subqueries = true)
    {
        if (depth > 0 && Next(3) > 0)
        {
            var left = Predicate(t, u, depth - 1, subqueries);
            return Next(4) switch
            {
                0 => $"NOT ({left})",
                1 => $"({left} AND {Predicate(t, u, depth - 1, subqueries)})",
                2 => $"({left} OR {Predicate(t, u, depth - 1, subqueries)})",
                _ => left,
            };
        }

        var other = u ?? t;
        return Next(subqueries ? 11 : 9) switch
        {
            0 => $"{t}.{Pick(Texts)} {Pick(Comparisons)} {other}.{Pick(Texts)}",
            1 => $"{Integer(t, 1)} IN ({Next(6)}, {Next(6)}, {Integer(other, 1)})",
            2 => $"{t}.{Pick(Texts)} {Pick("IS NULL", "IS NOT NULL")}",
            3 => $"{Integer(t, 1)} {Pick("BETWEEN", "NOT BETWEEN")} {Next(4)} AND {Integer(other, 1)}",
            4 => $"{t}.{Pick(Texts)} {Pick("LIKE", "NOT LIKE")} '{Pick("a%", "%b", "_a%", "%")}'",
            5 => $"{t}.f {Pick(Comparisons)} {other}.d",
            6 => $"{t}.at {Pick(Comparisons)} DATEADD({Pick(Parts)}, {Integer(other, 0)}, CAST('2024-01-31' AS datetime2(6)))",
            7 => $"{t}.{Pick(Texts)} {Pick("IN", "NOT IN")} ('a', 'b ', {Text()})",
            9 => $"EXISTS (SELECT 1 FROM dbo.y AS q WHERE q.a = {Integer(t, 1)})",
            10 => $"{Integer(t, 1)} {Pick("IN", "NOT IN")} (SELECT q.b FROM dbo.y AS q WHERE q.id < {Next(20)})",
            _ => $"{Integer(t, 2)} {Pick(Comparisons)} {Integer(other, 2)}",
        };
    }

    /// <summary>An int expression over the columns of an alias; small numbers only, so that nothing overflows.</summary>
    internal string Integer(string t, int depth)
    {
        if (depth == 0 || Next(3) == 0)
        {
            return Next(4) == 0 ? Next(9).ToString(CultureInfo.InvariantCulture) : $"{t}.{Pick(Integers)}";
        }

        return Next(9) switch
        {
            0 => $"({Integer(t, depth - 1)} + {Integer(t, depth - 1)})",
            1 => $"({Integer(t, depth - 1)} - {Integer(t, depth - 1)})",
            2 => $"({Integer(t, depth - 1)} * {Integer(t, depth - 1)})",
            3 => $"{Integer(t, depth - 1)} / NULLIF({Integer(t, depth - 1)}, 0)",
            4 => $"{Integer(t, depth - 1)} % {1 + Next(5)}",
            5 => $"COALESCE({t}.{Pick(Integers)}, {Next(5)})",
            6 => $"LEN({t}.{Pick(Texts)})",
            7 => $"CASE WHEN {t}.{Pick(Texts)} > 'a' THEN {Integer(t, depth - 1)} ELSE {t}.id END",
            _ => $"DATEDIFF({Pick(Parts)}, CAST('2024-01-30' AS datetime2(6)), {t}.at)",
        };
    }

    /// <summary>A list of expressions of several types, named c0, c1, ….</summary>
    internal string Columns(string t) => string.Join(", ", Enumerable.Range(0, 1 + Next(3)).Select(i => (Next(5) switch
    {
        0 => $"CONCAT({t}.{Pick(Texts)}, '-', {Integer(t, 1)})",
        1 => $"CAST({t}.d AS float) * {1 + Next(3)}",
        2 => $"UPPER(TRIM({t}.{Pick(Texts)}))",
        3 => $"CAST({t}.at AS date)",
        _ => Integer(t, 2),
    }) + " AS c" + i.ToString(CultureInfo.InvariantCulture)));

    private string Int() => Next(5) == 0 ? "NULL" : (Next(8) - 2).ToString(CultureInfo.InvariantCulture);

    private string Text() => Pick("NULL", "''", "'a'", "'a '", "'b'", "'ab'", "'B'", "'é'", "'ba'");

    private string Float() => Next(5) == 0 ? "NULL" : ((Next(40) - 20) * 0.25).ToString("0.00e0", CultureInfo.InvariantCulture);

    private string Money() => Next(5) == 0 ? "NULL" : ((Next(400) - 200) / 100m).ToString("0.00", CultureInfo.InvariantCulture);

    private string Time() => Next(5) == 0
        ? "NULL"
        : $"'2024-0{1 + Next(3)}-{10 + Next(18)} {Pick("00:00:00", "23:59:59.999999", "12:30:00")}'";
}

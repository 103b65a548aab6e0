using System.Diagnostics;
using System.Text;

namespace Experiments.LocalSql.Tests.Robustness;

/// <summary>
/// Broken T-SQL: cut off, with tokens left out, doubled, exchanged or replaced. It runs, or it ends in an error that
/// names a number, a line and a column; never in another exception, and never without end.
/// </summary>
public sealed class BrokenTextTests
{
    private const int MutantsPerSeed = 250;

    private static readonly string[] Corpus =
    [
        """
        CREATE OR ALTER PROCEDURE dbo.p (@from datetime2(6), @least int = 3, @n bigint OUTPUT) AS
        BEGIN
            SET NOCOUNT ON;
            SET XACT_ABORT ON;
            DECLARE @outer int = @@TRANCOUNT;
            IF @least < 0 THROW 50001, 'no', 1;
            BEGIN TRY
                IF @outer = 0 BEGIN TRANSACTION;
                SELECT t.id, ROW_NUMBER() OVER (PARTITION BY t.g ORDER BY t.id) AS k INTO #t FROM dbo.x AS t WHERE t.at >= @from;
                DELETE x FROM dbo.x AS x INNER JOIN #t AS t ON t.id = x.id WHERE t.k > @least;
                SET @n = @@ROWCOUNT;
                IF @outer = 0 COMMIT TRANSACTION;
            END TRY
            BEGIN CATCH
                IF @outer = 0 AND @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
                THROW;
            END CATCH;
        END;
        """,
        """
        WITH totals AS
        (
            SELECT t.g, COUNT_BIG(*) AS n, SUM(CAST(t.a AS bigint)) AS s FROM dbo.x AS t WHERE t.a IS NOT NULL GROUP BY t.g
        ),
        ranked AS
        (
            SELECT q.g, q.n, q.s, RANK() OVER (ORDER BY q.s DESC) AS place, LAG(q.s, 1, 0) OVER (ORDER BY q.s, q.g) AS before
            FROM totals AS q
        )
        SELECT TOP (5) r.g, r.n, CAST(r.s AS float) / NULLIF(r.n, 0) AS mean_a, CASE WHEN r.place = 1 THEN 'first' ELSE NULL END AS word
        FROM ranked AS r
        LEFT JOIN dbo.y AS y ON y.g = r.g AND y.a BETWEEN 1 AND 3
        OUTER APPLY (SELECT MAX(z.f) AS high FROM dbo.y AS z WHERE z.g = r.g) AS h
        WHERE EXISTS (SELECT 1 FROM dbo.y AS e WHERE e.g = r.g) OR r.g IN ('a', 'b') OR h.high > 1.5e0
        ORDER BY r.place, r.g;
        """,
        """
        DECLARE @i int = 0, @text varchar(20) = 'a', @t TABLE (id int NOT NULL, name varchar(10) NULL);
        WHILE @i < 5
        BEGIN
            SET @i += 1;
            IF @i = 2 CONTINUE;
            IF @i = 4 BREAK;
            INSERT INTO @t (id, name) VALUES (@i, CONCAT(@text, @i)), (@i + 10, DEFAULT);
            UPDATE t SET t.name = UPPER(t.name) FROM @t AS t WHERE t.id = @i;
        END;
        PRINT CONCAT('rows: ', @i);
        SELECT t.id, t.name FROM @t AS t ORDER BY t.id OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY;
        EXEC sp_executesql N'SELECT @a + 1 AS b', N'@a int', @a = @i;
        """,
        """
        CREATE TABLE dbo.made
        (
            id int NOT NULL IDENTITY(1, 1),
            name varchar(10) NOT NULL CONSTRAINT df_made_name DEFAULT 'x',
            price decimal(9, 2) NULL CONSTRAINT ck_made_price CHECK (price >= 0),
            at datetime2(6) NULL,
            CONSTRAINT pk_made PRIMARY KEY (id),
            CONSTRAINT uq_made_name UNIQUE (name)
        );
        ALTER TABLE dbo.made ADD extra bigint NOT NULL CONSTRAINT df_made_extra DEFAULT 0;
        CREATE INDEX ix_made_at ON dbo.made (at);
        INSERT INTO dbo.made (name, price, at) OUTPUT inserted.id VALUES ('a', 1.5, SYSUTCDATETIME());
        TRUNCATE TABLE dbo.made;
        DROP TABLE IF EXISTS dbo.made;
        """,
        """
        SELECT t.g, GROUPING(t.g) AS is_total, STRING_AGG(t.h, ',') WITHIN GROUP (ORDER BY t.id) AS list,
            PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY t.f) OVER (PARTITION BY t.g) AS median
        FROM dbo.x AS t GROUP BY GROUPING SETS ((t.g), ());
        SELECT CAST(HASHBYTES('SHA2_256', t.g) AS varbinary(32)) AS h, TRY_CONVERT(date, t.h, 23) AS d,
            DATEADD(day, t.a, t.at) AS later, DATEDIFF_BIG(microsecond, t.at, SYSUTCDATETIME()) AS age,
            SUBSTRING(t.g, 1, 2) AS s, IIF(t.a > 1, 1, 0) AS i, TRY_CAST(t.h AS float) AS f
        FROM dbo.x AS t
        UNION ALL
        SELECT 0x00, NULL, NULL, NULL, v.s, 1, -2.5e-3 FROM (VALUES ('p'), ('q')) AS v(s)
        EXCEPT
        SELECT 0x01, NULL, NULL, NULL, '', 0, 0e0;
        """,
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void It_runs_or_ends_in_an_error_with_a_place(int seed)
    {
        var random = new Random(seed);
        var queries = new RandomQueries(seed);
        using var database = new LocalDatabase();
        database.Run([.. queries.Tables()]);
        var refused = 0;
        for (var i = 0; i < MutantsPerSeed; i++)
        {
            var text = Mutant(Corpus[random.Next(Corpus.Length)], random);
            var clock = Stopwatch.StartNew();
            try
            {
                using var command = database.Connection.CreateCommand();
                command.CommandText = text;
                command.CommandTimeout = 10;
                command.ExecuteNonQuery();
            }
            catch (LocalSqlException e)
            {
                refused++;
                Assert.True(e.LineNumber > 0 && e.Column > 0, $"{e.Number} {e.Message} has no place in\n{text}");
                Assert.True(e.LineNumber <= text.Split('\n').Length, $"Line {e.LineNumber} is beyond\n{text}");
                Assert.NotEqual("", e.Message);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                throw new InvalidOperationException($"Seed {seed}, mutant {i}:\n{text}", e);
            }

            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"No end was in sight of\n{text}");
            if (database.Connection.Session.TransactionCount > 0)
            {
                database.Run("ROLLBACK TRANSACTION");
            }
        }

        Assert.InRange(refused, MutantsPerSeed / 4, MutantsPerSeed);
    }

    [Fact]
    public void Whatever_is_not_text_of_a_language_is_refused_with_a_place()
    {
        using var database = new LocalDatabase();
        foreach (var text in new[] { "'", "/*", "[", "\"", "SELECT 'a", "BEGIN", "SELECT 1 FROM", ")", "SELECT \ud83d\ude00", "é é", "@", "#", "0x" })
        {
            var error = Record.Exception(() => database.Rows(text));
            Assert.True(error is LocalSqlException { LineNumber: > 0, Column: > 0 }, text + ": " + error?.Message);
        }

        Assert.Equal("", database.Rows(""));
        Assert.Equal("", database.Rows("-- nothing\n"));
    }

    [Fact]
    public void Nesting_beyond_reason_is_an_error_and_no_crash()
    {
        using var database = new LocalDatabase();
        foreach (var depth in new[] { 100, 400, 5000 })
        {
            foreach (var text in new[]
            {
                "SELECT " + new string('(', depth) + "1" + new string(')', depth),
                "SELECT " + string.Concat(Enumerable.Repeat("1+", depth)) + "1",
                "SELECT " + string.Concat(Enumerable.Repeat("- ", depth)) + "1",
                "SELECT 1 WHERE " + string.Concat(Enumerable.Repeat("NOT ", depth)) + "1 = 1",
                string.Concat(Enumerable.Repeat("IF 1 = 1 ", depth)) + "SELECT 1",
                string.Concat(Enumerable.Repeat("BEGIN ", depth)) + "SELECT 1" + string.Concat(Enumerable.Repeat(" END", depth)),
                "SELECT 1" + string.Concat(Enumerable.Repeat(" UNION ALL SELECT 1", depth)),
                "SELECT " + string.Concat(Enumerable.Repeat("CASE WHEN 1 = 1 THEN ", depth)) + "1" + string.Concat(Enumerable.Repeat(" END", depth)),
                "SELECT x.a FROM " + string.Concat(Enumerable.Repeat("(SELECT x.a FROM ", depth)) + "(SELECT 1 AS a) AS x" + string.Concat(Enumerable.Repeat(") AS x", depth)),
            })
            {
                var error = Record.Exception(() => database.Rows(text));
                Assert.True(error is null or LocalSqlException { LineNumber: > 0, Column: > 0 }, error?.ToString());
            }
        }
    }

    private static string Mutant(string text, Random random)
    {
        var tokens = Words(text);
        for (var changes = 1 + random.Next(3); changes > 0; changes--)
        {
            var at = random.Next(tokens.Count);
            switch (random.Next(7))
            {
                case 0:
                    tokens.RemoveRange(at, tokens.Count - at);
                    break;
                case 1:
                    tokens.RemoveAt(at);
                    break;
                case 2:
                    tokens.Insert(at, tokens[random.Next(tokens.Count)]);
                    break;
                case 3:
                    var other = random.Next(tokens.Count);
                    (tokens[at], tokens[other]) = (tokens[other], tokens[at]);
                    break;
                case 4:
                    tokens[at] = new[] { "NULL", "0", "'x'", "SELECT", "(", "MERGE", "nope", "*", "OVER", "@i", "1e400", "int" }[random.Next(12)];
                    break;
                case 5:
                    var word = new StringBuilder(tokens[at]);
                    word[random.Next(word.Length)] = (char)(32 + random.Next(95));
                    tokens[at] = word.ToString();
                    break;
                default:
                    tokens[at] = tokens[random.Next(tokens.Count)];
                    break;
            }

            if (tokens.Count == 0)
            {
                return "";
            }
        }

        return string.Concat(tokens);
    }

    /// <summary>Runs of letters and digits, runs of blanks, and single signs.</summary>
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var start = 0;
        for (var i = 1; i <= text.Length; i++)
        {
            if (i == text.Length || Kind(text[i]) != Kind(text[i - 1]) || Kind(text[i]) == 2)
            {
                words.Add(text[start..i]);
                start = i;
            }
        }

        return words;

        static int Kind(char c) => char.IsLetterOrDigit(c) || c is '_' or '@' or '#' ? 0 : char.IsWhiteSpace(c) ? 1 : 2;
    }
}

namespace Experiments.LocalSql.Tests;

/// <summary>Statements beyond queries: what they do, and when their names are resolved.</summary>
public sealed class StatementTests
{
    [Fact]
    public void A_recursive_table_walks_a_tree()
    {
        using var database = new LocalDatabase();
        database.Run(
            "CREATE TABLE dbo.node (id int NOT NULL, parent_id int NULL)",
            "INSERT INTO dbo.node (id, parent_id) VALUES (1, NULL), (2, 1), (3, 1), (4, 3)");
        Assert.Equal("1|0\n2|1\n3|1\n4|2", database.Rows("""
            WITH tree AS
            (
                SELECT n.id, 0 AS level_number FROM dbo.node AS n WHERE n.parent_id IS NULL
                UNION ALL
                SELECT n.id, t.level_number + 1 FROM dbo.node AS n INNER JOIN tree AS t ON t.id = n.parent_id
            )
            SELECT * FROM tree ORDER BY id;
            """));
    }

    [Theory]
    [InlineData("", 530)]
    [InlineData(" OPTION (MAXRECURSION 49)", 530)]
    public void A_recursion_ends_at_the_servers_limit(string option, int number)
    {
        using var database = new LocalDatabase();
        var limit = option.Length == 0 ? 101 : 50;
        var sql = $"WITH n AS (SELECT 0 AS i UNION ALL SELECT n.i + 1 FROM n WHERE n.i < {limit}) SELECT MAX(n.i) FROM n{option}";
        Assert.Equal(number, database.Error(sql).Number);
        Assert.Equal("100", database.Rows("WITH n AS (SELECT 0 AS i UNION ALL SELECT n.i + 1 FROM n WHERE n.i < 100) SELECT MAX(n.i) FROM n"));
        Assert.Equal("150", database.Rows("WITH n AS (SELECT 0 AS i UNION ALL SELECT n.i + 1 FROM n WHERE n.i < 150) SELECT MAX(n.i) FROM n OPTION (MAXRECURSION 0)"));
    }

    [Theory]
    [InlineData("SELECT n.i FROM n UNION ALL SELECT n.i FROM n", 246)]
    [InlineData("SELECT n.i FROM n UNION ALL SELECT 1", 247)]
    [InlineData("SELECT n.i FROM n", 252)]
    [InlineData("SELECT 1 AS i UNION SELECT n.i + 1 FROM n", 252)]
    [InlineData("SELECT 1 AS i UNION ALL SELECT CAST(n.i AS bigint) FROM n", 240)]
    [InlineData("SELECT 1 AS i UNION ALL SELECT DISTINCT n.i + 1 FROM n", 460)]
    [InlineData("SELECT 1 AS i UNION ALL SELECT n.i + 1 FROM n GROUP BY n.i", 467)]
    [InlineData("SELECT 1 AS i UNION ALL SELECT a.i + 1 FROM n AS a CROSS JOIN n AS b", 253)]
    public void A_recursion_of_another_form_is_refused(string body, int number)
    {
        using var database = new LocalDatabase();
        Assert.Equal(number, database.Error($"WITH n AS ({body}) SELECT n.i FROM n").Number);
    }

    [Fact]
    public void A_table_variable_outlives_a_rollback_and_an_error()
    {
        using var database = new LocalDatabase();
        database.Run("CREATE TABLE dbo.t (id int NOT NULL CONSTRAINT pk_t PRIMARY KEY)");
        Assert.Equal("1|a\n2|b\n3|c", database.Rows("""
            SET XACT_ABORT ON;
            DECLARE @log TABLE (id int NOT NULL PRIMARY KEY, note varchar(10) NULL);
            INSERT INTO @log (id, note) VALUES (1, 'a');
            BEGIN TRY
                BEGIN TRANSACTION;
                INSERT INTO dbo.t (id) VALUES (1);
                INSERT INTO @log (id, note) VALUES (2, 'x');
                UPDATE l SET l.note = 'b' FROM @log AS l WHERE l.id = 2;
                INSERT INTO dbo.t (id) VALUES (1);
                COMMIT TRANSACTION;
            END TRY
            BEGIN CATCH
                ROLLBACK TRANSACTION;
                INSERT INTO @log (id, note) VALUES (3, 'c');
            END CATCH;
            SELECT l.id, l.note FROM @log AS l ORDER BY l.id;
            """));
        Assert.Equal("0", database.Rows("SELECT COUNT(*) FROM dbo.t"));
        Assert.Equal(1087, database.Error("SELECT * FROM @log").Number);
    }

    [Fact]
    public void A_text_runs_with_typed_parameters_and_gives_values_back()
    {
        using var database = new LocalDatabase();
        Assert.Equal("7|5|3", database.Rows("""
            DECLARE @sum int, @code int;
            EXEC @code = sp_executesql N'SET @c = @a + @b; SELECT @a AS a, @b AS b, @c AS c WHERE @a = 0;',
                N'@a int, @b int = 4, @c int OUTPUT', @a = 3, @c = @sum OUTPUT;
            SELECT @sum, 5, 3 WHERE @code = 0;
            """));
        Assert.Equal(137, database.Error("EXEC sp_executesql N'SELECT @nope'").Number);
    }

    [Fact]
    public void Select_into_makes_a_table_with_the_columns_of_the_query()
    {
        using var database = new LocalDatabase();
        database.Run(
            "CREATE TABLE dbo.t (id int NOT NULL, name varchar(3) NULL)",
            "INSERT INTO dbo.t (id, name) VALUES (1, 'a')",
            "SELECT t.id, t.name, CAST(1.5 AS decimal(5,2)) AS price INTO dbo.copy FROM dbo.t AS t");
        Assert.Equal("id|int|NO\nname|varchar|YES\nprice|decimal|NO", database.Rows(
            "SELECT COLUMN_NAME, DATA_TYPE, IS_NULLABLE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'copy' ORDER BY ORDINAL_POSITION"));
        Assert.Equal(2628, database.Error("INSERT INTO dbo.copy (id, name, price) VALUES (2, 'long', 1)").Number);
        Assert.Equal(515, database.Error("INSERT INTO dbo.copy (id, name, price) VALUES (NULL, 'b', 1)").Number);
        Assert.Equal(2714, database.Error("SELECT 1 AS id INTO dbo.copy").Number);
        Assert.Equal(2628, database.Error("SELECT t.name INTO #t FROM dbo.t AS t; INSERT INTO #t (name) VALUES ('long')").Number);
    }

    [Fact]
    public void A_table_can_be_altered_with_its_rows()
    {
        using var database = new LocalDatabase();
        database.Run(
            "CREATE TABLE dbo.t (id int NOT NULL CONSTRAINT pk_t PRIMARY KEY, n int NULL, s varchar(10) NULL)",
            "INSERT INTO dbo.t (id, n, s) VALUES (1, 10, 'abc'), (2, 20, 'abcdef')");
        Assert.Equal(547, database.Error("ALTER TABLE dbo.t ADD CONSTRAINT ck_t_n CHECK (n > 10)").Number);
        Assert.Equal(2628, database.Error("ALTER TABLE dbo.t ALTER COLUMN s varchar(3) NULL").Number);
        Assert.Equal(4901, database.Error("ALTER TABLE dbo.t ADD extra int NOT NULL").Number);
        database.Run(
            "ALTER TABLE dbo.t ADD CONSTRAINT ck_t_n CHECK (n >= 10)",
            "ALTER TABLE dbo.t ADD CONSTRAINT df_t_n DEFAULT 15 FOR n",
            "ALTER TABLE dbo.t ALTER COLUMN s varchar(6) NOT NULL",
            "ALTER TABLE dbo.t ADD extra bigint NOT NULL CONSTRAINT df_t_extra DEFAULT 7",
            "INSERT INTO dbo.t (id, s) VALUES (3, 'x')");
        Assert.Equal("1|10|abc|7\n2|20|abcdef|7\n3|15|x|7", database.Rows("SELECT * FROM dbo.t ORDER BY id"));
        Assert.Equal(547, database.Error("INSERT INTO dbo.t (id, n, s) VALUES (4, 1, 'x')").Number);
        Assert.Equal(2627, database.Error("INSERT INTO dbo.t (id, s) VALUES (1, 'x')").Number);
        Assert.Equal(515, database.Error("INSERT INTO dbo.t (id, s, extra) VALUES (5, 'x', NULL)").Number);
        Assert.Equal(5074, database.Error("ALTER TABLE dbo.t DROP COLUMN extra").Number);
        database.Run("ALTER TABLE dbo.t DROP CONSTRAINT ck_t_n, df_t_extra", "ALTER TABLE dbo.t DROP COLUMN extra");
        database.Run("INSERT INTO dbo.t (id, n, s) VALUES (4, 1, 'x')");
        Assert.Equal("4|1|x", database.Rows("SELECT * FROM dbo.t WHERE id = 4"));
    }

    [Fact]
    public void Output_gives_the_rows_that_changed()
    {
        using var database = new LocalDatabase();
        database.Run("CREATE TABLE dbo.t (id int NOT NULL, n int NULL)");
        Assert.Equal("1|10\n2|20", database.Rows("INSERT INTO dbo.t (id, n) OUTPUT inserted.id, inserted.n VALUES (1, 10), (2, 20)"));
        Assert.Equal("2|21", database.Rows("UPDATE dbo.t SET n = n + 1 OUTPUT inserted.* WHERE id = 2"));
        Assert.Equal("1|11", database.Rows("UPDATE t SET t.n = v.n OUTPUT inserted.id, inserted.n FROM dbo.t AS t INNER JOIN (VALUES (1, 11)) AS v(id, n) ON v.id = t.id"));
        Assert.Equal("1|11", database.Rows("DELETE FROM dbo.t OUTPUT deleted.id, deleted.n WHERE id = 1"));
        Assert.Equal("21|1", database.Rows("UPDATE dbo.t SET n = 1 OUTPUT deleted.n, inserted.n"));
        Assert.Equal(40510, database.Error("UPDATE dbo.t SET n = 1 OUTPUT deleted.n + 1").Number);
    }

    [Fact]
    public void Raiserror_outside_try_lets_the_batch_go_on()
    {
        using var database = new LocalDatabase();
        database.Run("CREATE TABLE dbo.t (id int NOT NULL)");
        var error = database.Error("RAISERROR('%s has %d rows (100%%)', 12, 3, 'dbo.t', 5); INSERT INTO dbo.t (id) VALUES (1);");
        Assert.Equal((50000, (byte)12, (byte)3), (error.Number, error.Class, error.State));
        Assert.Equal("dbo.t has 5 rows (100%)", error.Message);
        Assert.Equal("1", database.Rows("SELECT COUNT(*) FROM dbo.t"));
    }

    [Fact]
    public void An_error_tells_number_severity_state_line_and_procedure()
    {
        using var database = new LocalDatabase();
        database.Run("""
            CREATE PROCEDURE dbo.fail AS
            BEGIN
                THROW 50007, 'no', 9;
            END;
            """);
        Assert.Equal("50007|16|9|3|dbo.fail|no|0", database.Rows("""
            BEGIN TRY
                EXEC dbo.fail;
            END TRY
            BEGIN CATCH
                SELECT ERROR_NUMBER(), ERROR_SEVERITY(), ERROR_STATE(), ERROR_LINE(), ERROR_PROCEDURE(), ERROR_MESSAGE(), XACT_STATE();
            END CATCH;
            """));
        Assert.Equal("245|0", database.Rows("""
            BEGIN TRY DECLARE @x int = CAST('a' AS int); END TRY
            BEGIN CATCH DECLARE @e int = @@ERROR; SELECT @e, @@ERROR; END CATCH;
            """));
        Assert.Equal(35100, database.Error("THROW 100, 'x', 1").Number);
    }

    [Theory]
    [InlineData("INSERT INTO dbo.t (id) VALUES (1); SELECT t.nope FROM dbo.t AS t", 207, 1, 43)]
    [InlineData("INSERT INTO dbo.t (id) VALUES (1);\nIF 1 = 0 SELECT @nope", 137, 2, 17)]
    [InlineData("INSERT INTO dbo.t (id) VALUES (1);\nRETURN 5", 178, 2, 1)]
    [InlineData("INSERT INTO dbo.t (id) VALUES (1); DECLARE @a int; DECLARE @a int", 134, 1, 60)]
    [InlineData("INSERT INTO dbo.t (id) VALUES (1); MERGE dbo.t AS t USING dbo.t AS s ON 1 = 0 WHEN MATCHED THEN DELETE;", 40510, 1, 36)]
    public void Names_are_bound_before_the_first_statement_runs(string sql, int number, int line, int column)
    {
        using var database = new LocalDatabase();
        database.Run("CREATE TABLE dbo.t (id int NOT NULL)");
        var error = database.Error(sql);
        Assert.Equal((number, line, column), (error.Number, error.LineNumber, error.Column));
        Assert.Equal("0", database.Rows("SELECT COUNT(*) FROM dbo.t"));
    }

    [Fact]
    public void An_object_that_does_not_exist_yet_is_left_for_later()
    {
        using var database = new LocalDatabase();
        Assert.Equal("1", database.Rows("CREATE TABLE dbo.t (id int NOT NULL); INSERT INTO dbo.t (id) VALUES (1); SELECT t.id FROM dbo.t AS t"));
        database.Run("CREATE PROCEDURE dbo.later AS SELECT l.id FROM dbo.late AS l");
        Assert.Equal(208, database.Error("EXEC dbo.later").Number);
        database.Run("CREATE TABLE dbo.late (id int NOT NULL)");
        Assert.Equal("", database.Rows("EXEC dbo.later"));
        Assert.Equal(207, database.Error("CREATE PROCEDURE dbo.wrong AS SELECT l.nope FROM dbo.late AS l").Number);
        Assert.Equal(40510, database.Error("CREATE PROCEDURE dbo.wrong AS WAITFOR DELAY '00:00:01'").Number);
        Assert.Equal(207, database.Error("CREATE FUNCTION dbo.wrong (@x int) RETURNS TABLE AS RETURN (SELECT l.nope FROM dbo.late AS l WHERE l.id = @x)").Number);
    }

    [Fact]
    public void A_statement_sees_rows_that_came_after_it_was_first_run()
    {
        using var database = new LocalDatabase();
        database.Run("CREATE TABLE dbo.t (id int NULL)");
        const string Query = "SELECT COUNT(*), SUM(CASE WHEN t.id IS NULL THEN 1 ELSE 0 END) FROM dbo.t AS t WHERE t.id IS NULL OR t.id > 100";
        Assert.Equal("0|NULL", database.Rows(Query));
        database.Run("INSERT INTO dbo.t (id) VALUES (1)");
        Assert.Equal("0|NULL", database.Rows(Query));
        database.Run("INSERT INTO dbo.t (id) VALUES (NULL), (101)");
        Assert.Equal("2|1", database.Rows(Query));
        using (var writer = new LocalSqlBulkWriter(database.Connection, "dbo", "t", ["id"]))
        {
            writer.Append(500);
            writer.EndRow();
            writer.Complete();
        }

        Assert.Equal("3|1", database.Rows(Query));
    }

    [Fact]
    public void A_bulk_write_of_many_chunks_keeps_every_row_in_its_order()
    {
        using var database = new LocalDatabase();
        database.Run("CREATE TABLE dbo.t (id bigint NOT NULL, name varchar(4000) NULL)");
        const int Rows = 300_000;
        using (var transaction = database.Connection.BeginTransaction())
        {
            using (var writer = new LocalSqlBulkWriter(database.Connection, "dbo", "t", ["id", "name"]))
            {
                for (var i = 0; i < Rows; i++)
                {
                    writer.Append(i);
                    if (i % 3 == 0)
                    {
                        writer.AppendNull();
                    }
                    else
                    {
                        writer.Append(i % 3 == 1 ? "row" : $"a longer text for row {i}");
                    }

                    writer.EndRow();
                }

                writer.Complete();
                Assert.Equal(Rows, writer.RowsWritten);
            }

            transaction.Commit();
        }

        Assert.Equal("300000|44999850000|100000|100000|0", database.Rows("""
            SELECT COUNT_BIG(*), SUM(t.id), SUM(CASE WHEN t.name IS NULL THEN 1 ELSE 0 END),
                SUM(CASE WHEN t.name = 'row' THEN 1 ELSE 0 END),
                SUM(CASE WHEN t.id % 3 = 2 AND t.name <> CONCAT('a longer text for row ', t.id) THEN 1 ELSE 0 END)
            FROM dbo.t AS t
            """));
    }

    [Fact]
    public void A_bulk_write_that_breaks_a_constraint_in_an_early_chunk_fails_and_leaves_nothing()
    {
        using var database = new LocalDatabase();
        database.Run("CREATE TABLE dbo.t (id int NOT NULL)");
        using (database.Connection.BeginTransaction())
        {
            using var writer = new LocalSqlBulkWriter(database.Connection, "dbo", "t", ["id"]);
            var error = Assert.Throws<LocalSqlException>(() =>
            {
                for (var i = 0; i < 400_000; i++)
                {
                    if (i == 5000)
                    {
                        writer.AppendNull();
                    }
                    else
                    {
                        writer.Append(i);
                    }

                    writer.EndRow();
                }

                writer.Complete();
            });
            Assert.Equal(515, error.Number);
        }

        Assert.Equal("0", database.Rows("SELECT COUNT(*) FROM dbo.t AS t"));
    }

    [Fact]
    public void Compound_assignment_follows_the_operator()
    {
        using var database = new LocalDatabase();
        Assert.Equal("ab|3|1", database.Rows("""
            DECLARE @s varchar(3) = 'a', @i int = 7, @m int = 7;
            SET @s += 'b'; SET @i /= 2; SET @m %= 2;
            SELECT @s, @i, @m;
            """));
    }

    [Fact]
    public void The_catalog_views_tell_what_is_there()
    {
        using var database = new LocalDatabase();
        database.Run(
            "EXEC('CREATE SCHEMA s')",
            """
            CREATE TABLE s.t (id int NOT NULL CONSTRAINT pk_t PRIMARY KEY, name varchar(5) NULL,
                price decimal(9,2) NOT NULL CONSTRAINT df_t_price DEFAULT 1 CONSTRAINT ck_t_price CHECK (price > 0),
                at datetime2(6) NULL, v float NULL)
            """,
            "CREATE VIEW s.v AS SELECT t.id FROM s.t AS t",
            "CREATE PROCEDURE s.p AS SELECT 1 AS a",
            "CREATE FUNCTION s.f (@x int) RETURNS TABLE AS RETURN (SELECT @x AS x)");
        Assert.Equal("f|IF\np|P\nt|U\nv|V", database.Rows(
            "SELECT o.name, o.type FROM sys.objects AS o INNER JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE s.name = 's' ORDER BY o.name"));
        Assert.Equal("id|int|4|10|0|0\nname|varchar|5|0|0|1\nprice|decimal|5|9|2|0\nat|datetime2|8|26|6|1\nv|float|8|53|0|1", database.Rows("""
            SELECT c.name, y.name, c.max_length, c.precision, c.scale, c.is_nullable
            FROM sys.columns AS c INNER JOIN sys.types AS y ON y.user_type_id = c.user_type_id
            WHERE c.object_id = OBJECT_ID('s.t') ORDER BY c.column_id
            """));
        Assert.Equal("id|int|NULL|10|0|NULL\nname|varchar|5|NULL|NULL|NULL\nprice|decimal|NULL|9|2|NULL\nat|datetime2|NULL|NULL|NULL|6\nv|float|NULL|53|NULL|NULL", database.Rows("""
            SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION
            FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 't' ORDER BY ORDINAL_POSITION
            """));
        Assert.Equal("ck_t_price|CHECK\npk_t|PRIMARY KEY", database.Rows(
            "SELECT CONSTRAINT_NAME, CONSTRAINT_TYPE FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS WHERE TABLE_NAME = 't' ORDER BY CONSTRAINT_NAME"));
        Assert.Equal("f|FUNCTION\np|PROCEDURE", database.Rows(
            "SELECT ROUTINE_NAME, ROUTINE_TYPE FROM INFORMATION_SCHEMA.ROUTINES ORDER BY ROUTINE_NAME"));
        Assert.Equal("df_t_price", database.Rows("SELECT d.name FROM sys.default_constraints AS d"));
        Assert.Equal("CREATE VIEW s.v AS SELECT t.id FROM s.t AS t", database.Rows("SELECT OBJECT_DEFINITION(OBJECT_ID('s.v'))"));
    }

    [Theory]
    [InlineData("SELECT 1 AS a FOR XML PATH")]
    [InlineData("WITH XMLNAMESPACES ('u' AS p) SELECT 1 AS a")]
    [InlineData("BEGIN DISTRIBUTED TRANSACTION")]
    [InlineData("BEGIN ATOMIC WITH (TRANSACTION ISOLATION LEVEL = SNAPSHOT, LANGUAGE = 'english') PRINT 'x'; END")]
    [InlineData("EXEC sp_releaseapplock @Resource = 'a' WITH RESULT SETS NONE")]
    [InlineData("SELECT 1 AS a WHERE 'A' COLLATE Latin1_General_CI_AS = 'a'")]
    [InlineData("CREATE TABLE dbo.t (a varchar(5) COLLATE Latin1_General_CI_AS NULL)")]
    public void What_the_engine_would_read_past_is_refused(string sql)
    {
        using var database = new LocalDatabase();
        Assert.Equal(40510, database.Error(sql).Number);
    }

    [Fact]
    public void The_collation_of_the_database_may_be_named()
    {
        using var database = new LocalDatabase();
        database.Run("CREATE TABLE dbo.t (a varchar(5) COLLATE Latin1_General_100_BIN2_UTF8 NULL)", "INSERT INTO dbo.t (a) VALUES ('a')");
        Assert.Equal("", database.Rows("SELECT t.a FROM dbo.t AS t WHERE t.a COLLATE DATABASE_DEFAULT = 'A'"));
    }
}

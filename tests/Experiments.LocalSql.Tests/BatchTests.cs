namespace Experiments.LocalSql.Tests;

public sealed class BatchTests
{
    [Fact]
    public void Control_flow_runs_in_order()
    {
        using var database = new LocalDatabase();
        Assert.Equal("1|3\n2|9", database.Rows("""
            DECLARE @i int = 0, @s int = 0;
            WHILE @i < 10
            BEGIN
                SET @i = @i + 1;
                IF @i = 4 BREAK;
                IF @i = 3 CONTINUE;
                SET @s = @s + @i;
            END;
            SELECT 1 AS a, @s AS b;
            IF @s = 3 SELECT 2, 9 ELSE SELECT 3, 0;
            """));
    }

    [Fact]
    public void A_table_keeps_rows_constraints_and_defaults()
    {
        using var database = new LocalDatabase();
        database.Run("EXEC('CREATE SCHEMA s')", """
            CREATE TABLE s.t (
                id int NOT NULL CONSTRAINT pk_t PRIMARY KEY,
                name varchar(5) NOT NULL CONSTRAINT df_t_name DEFAULT 'x',
                score float NULL CONSTRAINT ck_t_score CHECK (score >= 0)
            );
            """);
        database.Run("INSERT INTO s.t (id, score) VALUES (1, 2), (2, NULL)");
        Assert.Equal("1|x|2\n2|x|NULL", database.Rows("SELECT * FROM s.t ORDER BY id"));
        Assert.Equal(2627, database.Error("INSERT INTO s.t (id) VALUES (1)").Number);
        Assert.Equal(515, database.Error("INSERT INTO s.t (id, name) VALUES (3, NULL)").Number);
        Assert.Equal(2628, database.Error("INSERT INTO s.t (id, name) VALUES (3, 'Björk Ó')").Number);
        Assert.Equal(547, database.Error("INSERT INTO s.t (id, score) VALUES (3, -1)").Number);
        database.Run("UPDATE s.t SET score = t.score + 1 FROM s.t AS t INNER JOIN (VALUES (1)) AS v(id) ON v.id = t.id");
        database.Run("DELETE t FROM s.t AS t WHERE t.score IS NULL");
        Assert.Equal("1|x|3", database.Rows("SELECT id, name, score FROM s.t"));
        database.Run("ALTER TABLE s.t ADD extra bigint NOT NULL CONSTRAINT df_t_extra DEFAULT 7");
        Assert.Equal("1|7", database.Rows("SELECT id, extra FROM s.t"));
        Assert.Equal("id|int\nname|varchar", database.Rows(
            "SELECT TOP (2) COLUMN_NAME, DATA_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 't' ORDER BY ORDINAL_POSITION"));
    }

    [Fact]
    public void Views_functions_and_procedures_work_together()
    {
        using var database = new LocalDatabase();
        database.Run(
            "CREATE TABLE dbo.e (unit varchar(10) NOT NULL, at datetime2(6) NOT NULL, v varchar(20) NULL)",
            "INSERT INTO dbo.e (unit, at, v) VALUES ('a', '2024-01-01', ' 5 '), ('a', '2024-01-02', 'x'), ('b', '2024-01-01', '7')",
            """
            CREATE OR ALTER FUNCTION dbo.number_of (@text varchar(20)) RETURNS TABLE AS RETURN
            (
                SELECT CASE WHEN t.trimmed LIKE '%x%' THEN NULL ELSE TRY_CAST(t.trimmed AS float) END AS number_value
                FROM (SELECT NULLIF(TRIM(@text), '') AS trimmed) AS t
            );
            """,
            """
            CREATE OR ALTER VIEW dbo.v AS
            WITH typed AS
            (
                SELECT e.unit, n.number_value FROM dbo.e AS e CROSS APPLY dbo.number_of(e.v) AS n
            )
            SELECT t.unit, SUM(t.number_value) AS total, COUNT_BIG(*) AS n FROM typed AS t GROUP BY t.unit;
            """,
            """
            CREATE OR ALTER PROCEDURE dbo.p @unit varchar(10), @least float = 1, @total float OUTPUT
            AS
            SET NOCOUNT ON; SET XACT_ABORT ON;
            DECLARE @outer int = @@TRANCOUNT;
            IF @unit IS NULL
                THROW 50001, 'The unit is missing.', 1;
            BEGIN TRY
                IF @outer = 0 BEGIN TRANSACTION;
                SELECT v.unit, v.total INTO #found FROM dbo.v AS v WHERE v.unit = @unit AND v.total >= @least;
                SELECT @total = f.total FROM #found AS f;
                IF @outer = 0 COMMIT TRANSACTION;
            END TRY
            BEGIN CATCH
                IF @outer = 0 AND @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
                THROW;
            END CATCH;
            RETURN 4;
            """);
        Assert.Equal("a|5|2\nb|7|1", database.Rows("SELECT unit, total, n FROM dbo.v ORDER BY unit"));
        Assert.Equal("7|4|0", database.Rows("""
            DECLARE @t float, @r int;
            EXEC @r = dbo.p @unit = 'b', @total = @t OUTPUT;
            SELECT @t, @r, @@TRANCOUNT;
            """));
        Assert.Equal(50001, database.Error("DECLARE @t float; EXEC dbo.p NULL, 1, @t OUTPUT;").Number);
        Assert.Equal(0, database.Scalar("SELECT @@TRANCOUNT"));
        Assert.Equal(201, database.Error("EXEC dbo.p @unit = 'a'").Number);
    }

    [Fact]
    public void An_error_inside_a_transaction_leaves_nothing()
    {
        using var database = new LocalDatabase();
        database.Run("CREATE TABLE dbo.t (id int NOT NULL CONSTRAINT pk_t PRIMARY KEY)");
        Assert.Equal("2627|-1|1\n0|0", database.Rows("""
            SET XACT_ABORT ON;
            BEGIN TRY
                BEGIN TRANSACTION;
                INSERT INTO dbo.t (id) VALUES (1);
                INSERT INTO dbo.t (id) VALUES (1);
                COMMIT TRANSACTION;
            END TRY
            BEGIN CATCH
                SELECT ERROR_NUMBER(), XACT_STATE(), @@TRANCOUNT;
                ROLLBACK TRANSACTION;
            END CATCH;
            SELECT @@TRANCOUNT, COUNT(*) FROM dbo.t;
            """));
    }

    [Fact]
    public void A_caller_catches_what_its_procedure_throws()
    {
        using var database = new LocalDatabase();
        database.Run("CREATE OR ALTER PROCEDURE dbo.q AS BEGIN TRY SELECT 1 / 0; END TRY BEGIN CATCH THROW; END CATCH;");
        Assert.Equal("8134|dbo.q", database.Rows(
            "BEGIN TRY EXEC dbo.q; END TRY BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_PROCEDURE(); END CATCH;"));
    }

    [Fact]
    public void A_rolled_back_definition_is_gone()
    {
        using var database = new LocalDatabase();
        database.Run("BEGIN TRANSACTION; CREATE TABLE dbo.t (id int NULL); SELECT 1 AS a INTO #x; ROLLBACK TRANSACTION;");
        Assert.Equal("NULL", database.Rows("SELECT OBJECT_ID('dbo.t')"));
        Assert.Equal(208, database.Error("SELECT * FROM #x").Number);
    }

    [Fact]
    public void Parameters_are_typed()
    {
        using var database = new LocalDatabase();
        using var command = database.Connection.CreateCommand();
        command.CommandText = "SELECT @a, @b, @c";
        command.Parameters.Add(new LocalSqlParameter { ParameterName = "@a", DbType = System.Data.DbType.AnsiString, Size = 10, Value = "x'y" });
        command.Parameters.Add(new LocalSqlParameter { ParameterName = "@b", Value = 5L });
        command.Parameters.Add(new LocalSqlParameter { ParameterName = "@c", DbType = System.Data.DbType.DateTime2, Value = new DateTime(2024, 1, 2) });
        using (var reader = command.ExecuteReader())
        {
            Assert.True(reader.Read());
            Assert.Equal("x'y", reader.GetString(0));
            Assert.Equal(5L, reader.GetInt64(1));
            Assert.Equal(new DateTime(2024, 1, 2), reader.GetDateTime(2));
        }

        command.Parameters.Clear();
        command.Parameters.Add(new LocalSqlParameter { ParameterName = "@a", Value = "x" });
        Assert.Throws<ArgumentException>(command.ExecuteReader);
    }

    [Fact]
    public void Bulk_rows_arrive_with_nulls_and_long_text()
    {
        using var database = new LocalDatabase();
        database.Run("CREATE TABLE dbo.b (id bigint NOT NULL, name varchar(200) NULL)");
        using (var writer = new LocalSqlBulkWriter(database.Connection, "dbo", "b", ["id", "name"]))
        {
            for (var i = 0; i < 5000; i++)
            {
                writer.Append(i);
                if (i % 3 == 0)
                {
                    writer.AppendNull();
                }
                else
                {
                    writer.Append(i % 3 == 1 ? "short" : new string('é', 50));
                }

                writer.EndRow();
            }

            writer.Complete();
        }

        Assert.Equal("5000|12497500|3333|100", database.Rows(
            "SELECT COUNT_BIG(*), SUM(b.id), COUNT_BIG(b.name), MAX(DATALENGTH(b.name)) FROM dbo.b AS b"));
    }

    [Fact]
    public void Set_operations_windows_and_apply_agree_with_the_server()
    {
        using var database = new LocalDatabase();
        Assert.Equal("1\n2\n3", database.Rows(
            "SELECT 1 AS n UNION SELECT 2 UNION ALL SELECT 3 ORDER BY n"));
        Assert.Equal("a|1|3\na|2|3\nb|1|3", database.Rows("""
            SELECT t.k, ROW_NUMBER() OVER (PARTITION BY t.k ORDER BY t.v) AS rn,
                   COUNT(*) OVER () AS n
            FROM (VALUES ('a', 1), ('a', 2), ('b', 9)) AS t(k, v) ORDER BY t.k, rn
            """));
        Assert.Equal("1|2\n2|NULL", database.Rows("""
            SELECT t.v, o.w FROM (VALUES (1), (2)) AS t(v)
            OUTER APPLY (SELECT u.w FROM (VALUES (1, 2)) AS u(v, w) WHERE u.v = t.v) AS o ORDER BY t.v
            """));
        Assert.Equal("1|1\n2|4", database.Rows("""
            SELECT t.v, x.s FROM (VALUES (1), (2)) AS t(v) CROSS APPLY (SELECT t.v * t.v AS s) AS x ORDER BY x.s
            """));
        Assert.Equal("5\n5", database.Rows(
            "SELECT TOP (1) WITH TIES t.v FROM (VALUES (5), (5), (1)) AS t(v) ORDER BY t.v DESC"));
        Assert.Equal("2", database.Rows(
            "SELECT t.v FROM (VALUES (1), (2), (3)) AS t(v) ORDER BY t.v OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY"));
        Assert.Equal("a,b", database.Rows(
            "SELECT STRING_AGG(t.v, ',') WITHIN GROUP (ORDER BY t.v) FROM (VALUES ('b'), ('a')) AS t(v)"));
        Assert.Equal("NULL\n1", database.Rows("SELECT t.v FROM (VALUES (1), (NULL)) AS t(v) ORDER BY t.v"));
    }
}

namespace Experiments.Tsqlt.Tests;

public sealed class FrameworkTests
{
    [Fact]
    public void A_test_that_asserts_what_holds_succeeds()
    {
        using var database = new TestDatabase();
        Assert.Equal(("Success", ""), database.Test("EXEC tSQLt.AssertEquals 1, 1;"));
    }

    [Fact]
    public void What_differs_is_named()
    {
        using var database = new TestDatabase();
        Assert.Equal(("Failure", "Expected: <1> but was: <2>"), database.Test("EXEC tSQLt.AssertEquals 1, 2;"));
    }

    [Fact]
    public void Tables_are_compared_row_by_row()
    {
        using var database = new TestDatabase();
        Assert.Equal(
            (
                "Failure",
                """
                Unexpected/missing resultset rows!
                |_m_|id|name  |
                +---+--+------+
                |<  |1 |!NULL!|
                |=  |2 |b     |
                |>  |3 |c     |
                """.ReplaceLineEndings("\r\n")),
            database.Test("""
                CREATE TABLE #expected (id int NULL, name varchar(10) NULL);
                CREATE TABLE #actual (id int NULL, name varchar(10) NULL);
                INSERT INTO #expected VALUES (1, NULL), (2, 'b');
                INSERT INTO #actual VALUES (2, 'b'), (3, 'c');
                EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
                """));
    }

    [Fact]
    public void A_fake_has_no_constraints_and_goes_with_the_test()
    {
        using var database = new TestDatabase();
        database.Run(
            "EXEC('CREATE SCHEMA s')",
            """
            CREATE TABLE s.t
            (
                id int NOT NULL CONSTRAINT pk_t PRIMARY KEY,
                name varchar(5) NOT NULL CONSTRAINT ck_t_name CHECK (name <> 'x')
            );
            INSERT INTO s.t VALUES (1, 'a');
            """,
            "CREATE VIEW s.v AS SELECT t.id, t.name FROM s.t AS t;");
        Assert.Equal(("Success", ""), database.Test("""
            EXEC tSQLt.FakeTable 's.t';
            INSERT INTO s.t (id, name) VALUES (7, 'x'), (7, 'x'), (NULL, NULL);
            DECLARE @rows int = (SELECT COUNT(*) FROM s.v AS v);
            EXEC tSQLt.AssertEquals 3, @rows;
            """));
        Assert.Equal("a", database.Scalar("SELECT v.name FROM s.v AS v;"));
        Assert.Equal(2627, database.Error("INSERT INTO s.t VALUES (1, 'b');").Number);
    }
}

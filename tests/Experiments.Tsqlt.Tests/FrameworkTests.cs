namespace Experiments.Tsqlt.Tests;

/// <summary>The framework itself: what each procedure does, with the messages of tSQLt's own source.</summary>
public sealed class FrameworkTests
{
    private const string Schema = """
        CREATE TABLE s.t
        (
            id int NOT NULL CONSTRAINT pk_t PRIMARY KEY,
            name varchar(5) NOT NULL CONSTRAINT ck_t_name CHECK (name <> 'x'),
            code int NULL CONSTRAINT uq_t_code UNIQUE,
            amount int NOT NULL CONSTRAINT df_t_amount DEFAULT 7,
            parent_id int NULL CONSTRAINT fk_t_t FOREIGN KEY REFERENCES s.t (id)
        );
        INSERT INTO s.t (id, name) VALUES (1, 'a');
        """;

    public static TheoryData<string> Passing() =>
    [
        "EXEC tSQLt.AssertEquals 1, 1;",
        "EXEC tSQLt.AssertEquals NULL, NULL;",
        "EXEC tSQLt.AssertEquals 'a', 'a  ';",
        "DECLARE @a bigint = 5; DECLARE @b decimal(9,2) = 5; EXEC tSQLt.AssertEquals @a, @b;",
        "DECLARE @a datetime2(6) = '2026-01-02'; DECLARE @b date = '2026-01-02'; EXEC tSQLt.AssertEquals @a, @b;",
        "EXEC tSQLt.AssertNotEquals 1, 2;",
        "EXEC tSQLt.AssertNotEquals 1, '1';",
        "EXEC tSQLt.AssertNotEquals 'a', 'A';",
        "EXEC tSQLt.AssertNotEquals 1, NULL;",
        "EXEC tSQLt.AssertEqualsString 'a', 'a';",
        "EXEC tSQLt.AssertEqualsString NULL, NULL;",
        "EXEC tSQLt.AssertLike 'a%[0-9]_', 'abc7z';",
        "EXEC tSQLt.AssertLike '[^a]%', 'bcd';",
        "EXEC tSQLt.AssertLike '%b%b%', 'abcab';",
        "EXEC tSQLt.AssertLike '[%][_]x', '%_x';",
        "EXEC tSQLt.AssertLike NULL, NULL;",
        "EXEC tSQLt.AssertObjectExists 's.t';",
        "EXEC tSQLt.AssertEmptyTable 's.empty';",
        "CREATE TABLE #t (a int NULL); EXEC tSQLt.AssertEmptyTable '#t';",
        """
        CREATE TABLE #e (a int NULL, b varchar(5) NULL); CREATE TABLE #a (b varchar(9) NULL, c int NULL, a bigint NULL);
        INSERT INTO #e (a, b) VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
        INSERT INTO #a (a, b, c) VALUES (NULL, NULL, 1), (1, 'x ', 2), (1, 'x', 3);
        EXEC tSQLt.AssertEqualsTable @Expected = '#e', @Actual = '#a';
        """,
        "EXEC tSQLt.ExpectException; THROW 50001, 'm', 1;",
        "EXEC tSQLt.ExpectException 'm', 16, 3, NULL, '_', 50001; THROW 50001, 'm', 3;",
        "EXEC tSQLt.ExpectException @ExpectedSeverity = 12; RAISERROR('m', 12, 1);",
        "EXEC tSQLt.ExpectException @ExpectedErrorNumber = 2627; INSERT INTO s.t (id, name) VALUES (1, 'b');",
        "EXEC tSQLt.ExpectNoException; PRINT 'x';",
        "EXEC tSQLt.AssertEquals @@TRANCOUNT, 1;",
    ];

    public static TheoryData<string, string> Failing() => new()
    {
        { "EXEC tSQLt.Fail 'a', 'b', NULL, 'c';", "ab!NULL!c" },
        { "EXEC tSQLt.AssertEquals 1, 2;", "Expected: <1> but was: <2>" },
        { "EXEC tSQLt.AssertEquals 1, NULL;", "Expected: <1> but was: <NULL>" },
        { "EXEC tSQLt.AssertEquals 'a', 'A';", "Expected: <a> but was: <A>" },
        { "EXEC tSQLt.AssertEquals 1, 2, 'Rows';", "Rows Expected: <1> but was: <2>" },
        { "EXEC tSQLt.AssertEquals 1, '1';", "Expected: <1> but was: <1>" },
        { "DECLARE @a float = 1.5e0; EXEC tSQLt.AssertEquals @a, 1;", "Expected: <1.5> but was: <1>" },
        {
            "DECLARE @a float = 1234567.8e0; DECLARE @b float = 0.00001234e0; EXEC tSQLt.AssertEquals @a, @b;",
            "Expected: <1.23457e+006> but was: <1.234e-005>"
        },
        {
            "DECLARE @a datetime2(6) = '2026-01-02T03:04:05.5'; DECLARE @b date = '2026-01-02'; EXEC tSQLt.AssertEquals @a, @b;",
            "Expected: <2026-01-02 03:04:05.500000> but was: <2026-01-02>"
        },
        {
            "DECLARE @a bit = 1; DECLARE @b decimal(9,3) = 2.5; EXEC tSQLt.AssertEquals @a, @b;",
            "Expected: <1> but was: <2.500>"
        },
        { "EXEC tSQLt.AssertNotEquals 1, 1, 'Oh. ';", "Oh. Expected actual value to not equal <1>." },
        { "EXEC tSQLt.AssertNotEquals NULL, NULL;", "Expected actual value to not be NULL." },
        { "EXEC tSQLt.AssertEqualsString 'a', 'b', 'Oh.';", "Oh.\nExpected: <a>\nbut was : <b>" },
        { "EXEC tSQLt.AssertEqualsString 'a', NULL;", "\nExpected: <a>\nbut was : NULL" },
        { "EXEC tSQLt.AssertLike 'a[0-9]', 'ab';", "\nExpected: <a[0-9]>\n but was: <ab>" },
        { "EXEC tSQLt.AssertObjectExists 's.none', 'Oh. ';", "Oh. 's.none' does not exist" },
        { "EXEC tSQLt.AssertEqualsTable '#e', 's.t';", "'#e' does not exist" },
        {
            "EXEC tSQLt.AssertEmptyTable 's.v', 'Oh. ';",
            "Oh. [s].[v] was not empty:\n|id|name|\n+--+----+\n|1 |a   |"
        },
        {
            """
            CREATE TABLE #e (a int NULL); CREATE TABLE #a (a int NULL);
            INSERT INTO #e VALUES (1); INSERT INTO #a VALUES (1), (1);
            EXEC tSQLt.AssertEqualsTable '#e', '#a';
            """,
            "Unexpected/missing resultset rows!\n|_m_|a|\n+---+-+\n|=  |1|\n|>  |1|"
        },
        {
            """
            CREATE TABLE #e (a int NULL, b float NULL); CREATE TABLE #a (a int NULL, b float NULL);
            INSERT INTO #e VALUES (1, 0.1e0), (2, NULL), (2, NULL); INSERT INTO #a VALUES (2, NULL), (3, -2e0);
            EXEC tSQLt.AssertEqualsTable '#e', '#a', 'Oh.';
            """,
            """
            Oh.
            Unexpected/missing resultset rows!
            |_m_|a|b                      |
            +---+-+-----------------------+
            |<  |1|1.000000000000000E-001 |
            |<  |2|!NULL!                 |
            |=  |2|!NULL!                 |
            |>  |3|-2.000000000000000E+000|
            """
        },
        { "EXEC tSQLt.ExpectException; PRINT 'x';", "Expected an error to be raised." },
        { "EXEC tSQLt.ExpectException @Message = 'Oh.'; PRINT 'x';", "Oh. Expected an error to be raised." },
        {
            "EXEC tSQLt.ExpectException 'n', 15, 2, 'Oh.', 'n%', 50002; THROW 50001, 'm', 1;",
            """
            Oh. Exception did not match expectation!
            Expected Message: <n>
            Actual Message  : <m>
            Expected Message to be like <n%>
            Actual Message            : <m>
            Expected Error Number: 50002
            Actual Error Number  : 50001
            Expected Severity: 15
            Actual Severity  : 16
            Expected State: 2
            Actual State  : 1
            """
        },
        {
            "EXEC tSQLt.ExpectNoException;\nTHROW 50001, 'm', 1;",
            "Expected no error to be raised. Instead this error was encountered:\n"
            + "Message: m | Procedure: t.test it (3) | Severity, State: 16, 1 | Number: 50001"
        },
    };

    [Theory]
    [MemberData(nameof(Passing))]
    public void What_holds_succeeds(string body)
    {
        using var database = Database();
        Assert.Equal(("Success", ""), database.Test(body));
    }

    [Theory]
    [MemberData(nameof(Failing))]
    public void What_does_not_hold_fails_with_tSQLts_message(string body, string message)
    {
        using var database = Database();
        Assert.Equal(("Failure", message.ReplaceLineEndings("\r\n")), database.Test(body));
    }

    [Fact]
    public void Another_error_is_an_error_with_its_place()
    {
        using var database = Database();
        Assert.Equal(
            ("Error", "Message: m | Procedure: t.test it (2) | Severity, State: 16, 1 | Number: 50001"),
            database.Test("THROW 50001, 'm', 1;"));
    }

    [Fact]
    public void A_long_text_is_no_sql_variant()
    {
        using var database = Database();
        var (result, message) = database.Test("DECLARE @a varchar(max) = 'a'; EXEC tSQLt.AssertEquals @a, @a;");
        Assert.Equal("Error", result);
        Assert.Contains("Operand type clash: varchar(max) is incompatible with sql_variant", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_procedure_that_tSQLt_lacks_here_is_refused_by_name()
    {
        using var database = Database();
        var error = database.Error("EXEC tSQLt.FakeFunction 's.f', 's.g';");
        Assert.Equal(2812, error.Number);
        Assert.Contains("tSQLt.FakeFunction", error.Message, StringComparison.Ordinal);
        Assert.Contains("FakeTable", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_a_test_does_is_rolled_back()
    {
        using var database = Database();
        Assert.Equal("Success", database.Test("""
            INSERT INTO s.t (id, name, code) VALUES (2, 'b', 2);
            DELETE FROM s.t WHERE id = 1;
            CREATE TABLE s.made (a int NULL);
            EXEC tSQLt.FakeTable 's.empty';
            EXEC tSQLt.SpyProcedure 's.p';
            EXEC s.p @number = 1;
            """).Result);
        Assert.Equal("a", database.Scalar("SELECT t.name FROM s.t AS t;"));
        Assert.Equal(DBNull.Value, database.Scalar("SELECT OBJECT_ID('s.made') AS id;"));
        Assert.Equal(DBNull.Value, database.Scalar("SELECT OBJECT_ID('s.p_SpyProcedureLog') AS id;"));
        Assert.Equal(0, database.Scalar("SELECT COUNT(*) FROM sys.objects AS o WHERE o.name LIKE 'tSQLt%tempobject%';"));
        database.Run("EXEC s.p @number = 3;");
        Assert.Equal(3, database.Scalar("SELECT MAX(e.id) AS id FROM s.empty AS e;"));
        Assert.Equal(0, database.Scalar("SELECT @@TRANCOUNT AS n;"));
    }

    [Fact]
    public void A_failing_test_is_rolled_back_too()
    {
        using var database = Database();
        Assert.Equal("Failure", database.Test("DELETE FROM s.t; EXEC tSQLt.Fail 'no';").Result);
        Assert.Equal("Error", database.Test(
            "DELETE FROM s.t; INSERT INTO s.empty (id) SELECT CAST(v.n AS int) FROM (VALUES ('five')) AS v (n);").Result);
        Assert.Equal("a", database.Scalar("SELECT t.name FROM s.t AS t;"));
        Assert.Equal(0, database.Scalar("SELECT @@TRANCOUNT AS n;"));
    }

    [Theory]
    [InlineData("BEGIN TRANSACTION;", 1, 2)]
    [InlineData("COMMIT TRANSACTION;", 1, 0)]
    [InlineData("ROLLBACK TRANSACTION;", 1, 0)]
    public void A_test_that_changes_the_transaction_count_is_an_error(string body, int before, int after)
    {
        using var database = Database();
        var (result, message) = database.Test(body);
        Assert.Equal("Error", result);
        Assert.StartsWith(
            $"Message: Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements. Previous count = {before}, current count = {after}.",
            message, StringComparison.Ordinal);
        Assert.Equal(0, database.Scalar("SELECT @@TRANCOUNT AS n;"));
    }

    [Fact]
    public void A_procedure_under_test_that_leaves_its_transaction_open_is_an_error()
    {
        using var database = Database();
        database.Run("CREATE PROCEDURE s.leaves AS BEGIN TRANSACTION;");
        var (result, message) = database.Test("EXEC s.leaves;");
        Assert.Equal("Error", result);
        Assert.Contains("Previous count = 1, current count = 2. | Procedure: s.leaves", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_that_dooms_the_transaction_says_that_it_could_not_be_rolled_back()
    {
        using var database = Database();
        database.Run("CREATE PROCEDURE s.dooms AS SET XACT_ABORT ON; THROW 50001, 'm', 1;");
        var (result, message) = database.Test("EXEC s.dooms;");
        Assert.Equal("Error", result);
        Assert.Contains(
            "(There was also a ROLLBACK ERROR --> Message: The current transaction cannot be committed and cannot be rolled back to a savepoint. Roll back the entire transaction. ",
            message, StringComparison.Ordinal);
        Assert.Equal("Success", database.Test("EXEC tSQLt.ExpectException 'm'; EXEC s.dooms;").Result);
    }

    [Fact]
    public void Fail_in_a_doomed_transaction_warns()
    {
        using var database = Database();
        database.Run("CREATE PROCEDURE s.dooms AS SET XACT_ABORT ON; THROW 50001, 'm', 1;");
        Assert.Equal(
            ("Failure", "caught\r\nWarning: Uncommitable transaction detected!"),
            database.Test("BEGIN TRY EXEC s.dooms; END TRY BEGIN CATCH EXEC tSQLt.Fail 'caught'; END CATCH;"));
    }

    [Fact]
    public void SetUp_runs_before_each_test_in_its_transaction()
    {
        using var database = Database();
        database.Run(
            "EXEC tSQLt.NewTestClass 'c';",
            "CREATE PROCEDURE c.SetUp AS INSERT INTO s.empty (id) VALUES (1);",
            "CREATE PROCEDURE c.[test a] AS DECLARE @n int = (SELECT COUNT(*) FROM s.empty AS e); EXEC tSQLt.AssertEquals 1, @n;",
            "CREATE PROCEDURE c.[test b] AS DECLARE @n int = (SELECT COUNT(*) FROM s.empty AS e); EXEC tSQLt.AssertEquals 1, @n;",
            "CREATE PROCEDURE c.[no test] AS THROW 50001, 'not run', 1;",
            "EXEC tSQLt.Run 'c';");
        Assert.Equal(2, database.Scalar("SELECT COUNT(*) AS n FROM tSQLt.TestResult AS r WHERE r.Result = 'Success';"));
    }

    [Fact]
    public void A_fake_has_no_constraints_and_views_read_it()
    {
        using var database = Database();
        Assert.Equal(("Success", ""), database.Test("""
            EXEC tSQLt.FakeTable 's.t';
            INSERT INTO s.t (id, name, code) VALUES (7, 'x', 1), (7, 'x', 1), (NULL, NULL, NULL);
            DECLARE @rows int = (SELECT COUNT(*) FROM s.v AS v);
            EXEC tSQLt.AssertEquals 3, @rows;
            DECLARE @amount int = (SELECT MAX(t.amount) FROM s.t AS t);
            EXEC tSQLt.AssertEquals NULL, @amount;
            """));
        Assert.Equal("a", database.Scalar("SELECT v.name FROM s.v AS v;"));
        Assert.Equal(2627, database.Error("INSERT INTO s.t (id, name) VALUES (1, 'b');").Number);
        Assert.Equal(547, database.Error("INSERT INTO s.t (id, name, code) VALUES (2, 'x', 2);").Number);
    }

    [Fact]
    public void A_compiled_procedure_reads_the_fake_and_then_the_table_again()
    {
        using var database = Database();
        database.Run(
            "CREATE PROCEDURE s.counts @n int OUTPUT AS SELECT @n = COUNT(*) FROM s.t AS t INNER JOIN s.v AS v ON v.id = t.id;",
            "DECLARE @n int; EXEC s.counts @n = @n OUTPUT; IF @n <> 1 THROW 50001, 'before', 1;");
        Assert.Equal(("Success", ""), database.Test("""
            DECLARE @n int;
            EXEC s.counts @n = @n OUTPUT;
            EXEC tSQLt.AssertEquals 1, @n;
            EXEC tSQLt.FakeTable 's.t';
            EXEC s.counts @n = @n OUTPUT;
            EXEC tSQLt.AssertEquals 0, @n;
            INSERT INTO s.t (id) VALUES (1), (2);
            EXEC s.counts @n = @n OUTPUT;
            EXEC tSQLt.AssertEquals 2, @n;
            """));
        database.Run("DECLARE @n int; EXEC s.counts @n = @n OUTPUT; IF @n <> 1 THROW 50001, 'after', 1;");
    }

    [Fact]
    public void A_view_can_be_faked()
    {
        using var database = Database();
        Assert.Equal(("Success", ""), database.Test("""
            EXEC tSQLt.FakeTable '[s].[v]';
            EXEC ('INSERT INTO s.v (id, name) VALUES (9, ''z'');');
            DECLARE @id int = (SELECT v.id FROM s.v AS v);
            EXEC tSQLt.AssertEquals 9, @id;
            """));
    }

    [Fact]
    public void A_fake_keeps_identity_and_defaults_where_asked()
    {
        using var database = Database();
        database.Run("CREATE TABLE s.i (id int IDENTITY(1,1) NOT NULL, n int NOT NULL CONSTRAINT df_i_n DEFAULT 7);");
        database.Run("INSERT INTO s.i (n) VALUES (1), (2);");
        Assert.Equal(("Success", ""), database.Test("""
            EXEC tSQLt.FakeTable 's.i', @Identity = 1, @Defaults = 1;
            INSERT INTO s.i DEFAULT VALUES;
            DECLARE @id int, @n int;
            SELECT @id = i.id, @n = i.n FROM s.i AS i;
            EXEC tSQLt.AssertEquals 1, @id;
            EXEC tSQLt.AssertEquals 7, @n;
            EXEC tSQLt.FakeTable 's.i';
            INSERT INTO s.i (id, n) VALUES (5, NULL);
            SELECT @id = i.id, @n = i.n FROM s.i AS i;
            EXEC tSQLt.AssertEquals 5, @id;
            EXEC tSQLt.AssertEquals NULL, @n;
            """));
    }

    [Fact]
    public void What_is_no_table_is_not_faked()
    {
        using var database = Database();
        Assert.StartsWith(
            "Message: FakeTable could not resolve the object name, 's.none'. ",
            database.Test("EXEC tSQLt.FakeTable 's.none';").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pk_t", "INSERT INTO s.t (id) VALUES (1), (1);", 2627)]
    [InlineData("pk_t", "INSERT INTO s.t (id) VALUES (NULL);", 515)]
    [InlineData("uq_t_code", "INSERT INTO s.t (code) VALUES (1), (1);", 2627)]
    [InlineData("ck_t_name", "INSERT INTO s.t (name) VALUES ('x');", 547)]
    public void A_constraint_put_back_is_enforced(string constraint, string insert, int number)
    {
        using var database = Database();
        Assert.Equal(("Success", ""), database.Test($"""
            EXEC tSQLt.FakeTable 's.t';
            EXEC tSQLt.ApplyConstraint 's.t', '{constraint}';
            EXEC tSQLt.ExpectException @ExpectedErrorNumber = {number};
            {insert}
            """));
        Assert.Equal(("Success", ""), database.Test($"""
            EXEC tSQLt.FakeTable 's.t';
            EXEC tSQLt.ApplyConstraint 's', 't', '{constraint}';
            EXEC tSQLt.ExpectNoException;
            INSERT INTO s.t (id, name, code) VALUES (1, 'a', 1);
            """));
    }

    [Fact]
    public void Two_constraints_can_be_put_back()
    {
        using var database = Database();
        Assert.Equal(("Success", ""), database.Test("""
            EXEC tSQLt.FakeTable 's.t';
            EXEC tSQLt.ApplyConstraint 's.t', 'pk_t';
            EXEC tSQLt.ApplyConstraint 's.t', 'ck_t_name';
            INSERT INTO s.t (id, name) VALUES (1, 'y');
            EXEC tSQLt.ExpectException @ExpectedErrorNumber = 547;
            INSERT INTO s.t (id, name) VALUES (2, 'x');
            """));
    }

    [Fact]
    public void A_foreign_key_and_an_unknown_constraint_are_refused_with_the_reason()
    {
        using var database = Database();
        var (result, message) = database.Test("EXEC tSQLt.FakeTable 's.t'; EXEC tSQLt.ApplyConstraint 's.t', 'fk_t_t';");
        Assert.Equal("Error", result);
        Assert.Contains("cannot apply the foreign key 'fk_t_t' of s.t", message, StringComparison.Ordinal);
        Assert.StartsWith(
            "Message: ApplyConstraint could not resolve the object names, 's.t', 'pk_none'. ",
            database.Test("EXEC tSQLt.FakeTable 's.t'; EXEC tSQLt.ApplyConstraint 's.t', 'pk_none';").Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_spy_logs_its_parameters_and_runs_the_command()
    {
        using var database = Database();
        Assert.Equal(("Success", ""), database.Test("""
            EXEC tSQLt.SpyProcedure 's.p', 'SET @doubled = 42';
            DECLARE @doubled int;
            EXEC s.p @number = 5, @doubled = @doubled OUTPUT;
            EXEC s.p;
            EXEC tSQLt.AssertEquals 42, @doubled;
            EXEC tSQLt.AssertEmptyTable 's.empty';
            SELECT l._id_, l.number INTO #actual FROM s.p_SpyProcedureLog AS l;
            SELECT TOP (0) a._id_, a.number INTO #expected FROM #actual AS a;
            INSERT INTO #expected (_id_, number) VALUES (1, 5), (2, NULL);
            EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
            """));
    }

    [Fact]
    public void A_spy_can_call_the_original()
    {
        using var database = Database();
        Assert.Equal(("Success", ""), database.Test("""
            EXEC tSQLt.SpyProcedure 's.p', @CallOriginal = 1;
            DECLARE @doubled int;
            EXEC s.p @number = 5, @doubled = @doubled OUTPUT;
            EXEC tSQLt.AssertEquals 10, @doubled;
            DECLARE @rows int = (SELECT COUNT(*) FROM s.p_SpyProcedureLog AS l);
            EXEC tSQLt.AssertEquals 1, @rows;
            """));
    }

    [Fact]
    public void A_spy_of_nothing_is_refused()
    {
        using var database = Database();
        Assert.StartsWith(
            "Message: Cannot use SpyProcedure on s.none because the procedure does not exist",
            database.Test("EXEC tSQLt.SpyProcedure 's.none';").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_is_replaced_and_another_schema_is_not()
    {
        using var database = Database();
        database.Run("EXEC tSQLt.NewTestClass 'c';", "CREATE PROCEDURE c.[test a] AS PRINT 'x';", "EXEC tSQLt.NewTestClass 'c';");
        Assert.Equal(0, database.Scalar("SELECT COUNT(*) AS n FROM sys.procedures AS p WHERE p.name = 'test a';"));
        Assert.StartsWith(
            "Attempted to execute tSQLt.NewTestClass on 's' which is an existing schema but not a test class",
            database.Error("EXEC tSQLt.NewTestClass 's';").Message, StringComparison.Ordinal);
        database.Run("EXEC tSQLt.DropClass 'c';");
        Assert.Equal(0, database.Scalar("SELECT COUNT(*) AS n FROM tSQLt.TestClasses AS c;"));
    }

    [Fact]
    public void RunAll_prints_the_summary_and_raises_it_where_a_test_failed()
    {
        using var database = Database();
        database.Run(
            "EXEC tSQLt.NewTestClass 'c';", "CREATE PROCEDURE c.[test a] AS PRINT 'said';",
            "EXEC tSQLt.NewTestClass 'd';", "CREATE PROCEDURE d.[test b] AS EXEC tSQLt.Fail 'no', ' 50 %';");
        var error = database.Error("EXEC tSQLt.RunAll;");
        const string Summary =
            "Test Case Summary: 2 test case(s) executed, 1 succeeded, 0 skipped, 1 failed, 0 errored.";
        Assert.Equal(Summary, error.Message);
        Assert.Equal((50000, 16, 10), (error.Number, error.Class, error.State));
        Assert.Contains("[d].[test b] failed: (Failure) no 50 %", database.Messages);
        Assert.Contains("|Test Execution Summary|", database.Messages);
        Assert.Contains("|No|Test Case Name|Dur(ms)|Result |", database.Messages);
        Assert.Contains(database.Messages, static m => m.StartsWith("|1 |[c].[test a]  |", StringComparison.Ordinal));
        Assert.Contains(database.Messages, static m => m.EndsWith("|Failure|", StringComparison.Ordinal));

        database.Messages.Clear();
        database.Run("EXEC tSQLt.Run 'c.[test a]';");
        Assert.Contains(
            "Test Case Summary: 1 test case(s) executed, 1 succeeded, 0 skipped, 0 failed, 0 errored.", database.Messages);
        database.Run("EXEC tSQLt.Run;");
        Assert.Equal("[c].[test a]", database.Scalar("SELECT r.Name FROM tSQLt.TestResult AS r;"));
    }

    [Fact]
    public void Tests_are_not_run_inside_a_transaction()
    {
        using var database = Database();
        database.Run("EXEC tSQLt.NewTestClass 'c';");
        var error = database.Error("BEGIN TRANSACTION; EXEC tSQLt.RunAll;");
        Assert.Contains("no savepoints", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_are_checked_as_the_server_checks_them()
    {
        using var database = Database();
        Assert.Equal(201, database.Error("EXEC tSQLt.NewTestClass;").Number);
        Assert.Equal(8144, database.Error("EXEC tSQLt.NewTestClass 'a', 'b';").Number);
        Assert.Equal(8145, database.Error("EXEC tSQLt.NewTestClass @Class = 'a';").Number);
        Assert.Equal(137, database.Error("EXEC tSQLt.NewTestClass @a;").Number);
    }

    private static TestDatabase Database()
    {
        var database = new TestDatabase();
        database.Run(
            "EXEC('CREATE SCHEMA s')", Schema, "CREATE TABLE s.empty (id int NULL);",
            "CREATE VIEW s.v AS SELECT t.id, t.name FROM s.t AS t;",
            """
            CREATE PROCEDURE s.p @number int = 4, @doubled int = NULL OUTPUT AS
            SET @doubled = 2 * @number;
            INSERT INTO s.empty (id) VALUES (@number);
            """);
        return database;
    }
}

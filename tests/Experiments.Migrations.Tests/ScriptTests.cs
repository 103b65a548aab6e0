namespace Experiments.Migrations.Tests;

public sealed class ScriptTests
{
    public static TheoryData<string, string[], int[]> Splits => new()
    {
        { "SELECT 1;\nGO\nSELECT 2;\n", ["SELECT 1;", "SELECT 2;"], [1, 3] },
        { "SELECT 1;\ngo -- done\nSELECT 2;", ["SELECT 1;", "SELECT 2;"], [1, 3] },
        { "SELECT 1;\n  GO  \n\nSELECT 2;", ["SELECT 1;", "\nSELECT 2;"], [1, 3] },
        { "/*\nGO\n*/ SELECT 1;", ["/*\nGO\n*/ SELECT 1;"], [1] },
        { "SELECT 'a\nGO\nb';", ["SELECT 'a\nGO\nb';"], [1] },
        { "SELECT 1 AS [a\nGO\nb];", ["SELECT 1 AS [a\nGO\nb];"], [1] },
        { "-- a\n-- GO\nSELECT 1;", ["-- a\n-- GO\nSELECT 1;"], [1] },
        { "SELECT 1 AS go;", ["SELECT 1 AS go;"], [1] },
        { "SELECT 1;\n/* c */GO--c\nSELECT 2;", ["SELECT 1;\n/* c */", "SELECT 2;"], [1, 3] },
        { "GO\nGO\nSELECT 1;\nGO\nGO\n", ["SELECT 1;"], [3] },
        { "-- only a comment\nGO\nSELECT 1;", ["SELECT 1;"], [3] },
        { "SELECT 1;\nGO", ["SELECT 1;"], [1] },
        { "SELECT 1;\r\nGO\r\nSELECT 2;\r\n", ["SELECT 1;", "SELECT 2;"], [1, 3] },
    };

    [Theory]
    [MemberData(nameof(Splits))]
    public void Batches_end_at_GO_and_nowhere_else(string text, string[] batches, int[] startLines)
    {
        var found = Numbered(text).Batches;

        Assert.Equal(batches, found.Select(batch => batch.Text));
        Assert.Equal(startLines, found.Select(batch => batch.StartLine));
    }

    [Theory]
    [InlineData("SELECT 1;\nGO 5\nSELECT 2;", "5")]
    [InlineData("SELECT 1;\nGO;\nSELECT 2;", ";")]
    [InlineData("SELECT 1;\nGO SELECT 2;", "SELECT")]
    public void GO_in_company_is_refused(string text, string company)
    {
        var error = Assert.Throws<DeploymentException>(() => Numbered(text).Batches);

        Assert.Equal($"0001_create_x.sql, line 2: GO stands alone on its line, without '{company}'.", error.Message);
    }

    [Fact]
    public void An_error_of_syntax_is_named_with_its_line_in_the_file()
    {
        var error = Assert.Throws<DeploymentException>(() => Numbered("SELECT 1;\nGO\nSELECT 2;\nSELEC 3;").Batches);

        Assert.StartsWith("0001_create_x.sql, line 4, column 1: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, error.Line);
        Assert.Equal(2, error.Batch);
    }

    [Theory]
    [InlineData("BEGIN TRANSACTION;\nSELECT 1;")]
    [InlineData("SELECT 1;\nCOMMIT TRANSACTION;")]
    [InlineData("IF 1 = 1\nBEGIN\n    ROLLBACK;\nEND;")]
    public void A_script_may_not_begin_or_end_a_transaction(string text)
    {
        var error = Assert.Throws<DeploymentException>(() => Numbered(text).Batches);

        Assert.EndsWith(
            "a script runs in one transaction, which it may neither begin nor end.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_procedure_may_have_its_own_transaction()
    {
        var script = Numbered("CREATE OR ALTER PROCEDURE a.b AS BEGIN BEGIN TRANSACTION; COMMIT TRANSACTION; END;");

        Assert.Single(script.Batches);
    }

    [Fact]
    public void A_script_without_a_statement_is_refused()
    {
        var error = Assert.Throws<DeploymentException>(() => Numbered("-- nothing\nGO\n").Batches);

        Assert.Equal("0001_create_x.sql has no statement.", error.Message);
    }

    [Fact]
    public void The_checksum_ignores_line_ends_and_the_byte_order_mark()
    {
        // printf 'SELECT 1;' | sha256sum
        var expected = "17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a";

        Assert.Equal(expected, Numbered("SELECT 1;").Checksum);
        Assert.Equal(Numbered("a\nb\n").Checksum, Numbered("\uFEFFa\r\nb\r\n").Checksum);
        Assert.NotEqual(Numbered("a\nb\n").Checksum, Numbered("a\nb").Checksum);
    }

    [Fact]
    public void Without_a_header_a_script_is_for_every_engine_and_transactional()
    {
        var script = Numbered("SELECT 1;");

        Assert.Equal(
            [ScriptEngine.SqlServer, ScriptEngine.Local, ScriptEngine.Fabric], script.Engines.Order());
        Assert.True(script.IsTransactional);
    }

    [Fact]
    public void The_header_names_engines_and_switches_the_transaction_off()
    {
        var script = Numbered("/* Why. */\n-- engines: sqlserver, fabric\n-- transaction: none\nSELECT 1;");

        Assert.Equal([ScriptEngine.SqlServer, ScriptEngine.Fabric], script.Engines.Order());
        Assert.False(script.IsTransactional);
    }

    [Fact]
    public void Only_the_head_of_a_script_is_its_header()
    {
        Assert.Equal(3, Numbered("SELECT 1;\n-- engines: sqlserver\n").Engines.Count);
    }

    [Theory]
    [InlineData("-- engines: oracle\nSELECT 1;", "names the engine 'oracle'; allowed are sqlserver, local and fabric.")]
    [InlineData("-- transaction: some\nSELECT 1;", "says '-- transaction: some'; the only value is none.")]
    public void A_header_that_is_not_known_is_refused(string text, string message)
    {
        Assert.Equal($"0001_create_x.sql {message}", Assert.Throws<DeploymentException>(() => Numbered(text)).Message);
    }

    [Fact]
    public void Without_a_transaction_a_script_has_one_statement()
    {
        var error = Assert.Throws<DeploymentException>(
            () => Numbered("-- transaction: none\nSELECT 1;\nSELECT 2;").Batches);

        Assert.Equal(
            "0001_create_x.sql says '-- transaction: none' and has 2 statements; it may have one.", error.Message);
    }

    private static Script Numbered(string text) => new(ScriptKind.Numbered, "0001_create_x.sql", text);
}

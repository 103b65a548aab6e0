using Experiments.Connections;

namespace Experiments.Migrations.Tests;

public sealed class PlanTests : IDisposable
{
    private readonly TestScripts _scripts = TestScripts.Shop();

    public void Dispose() => _scripts.Dispose();

    [Fact]
    public void A_plan_is_printed_one_line_a_step()
    {
        _scripts.Numbered("0003_create_index.sql", "-- engines: sqlserver\nCREATE INDEX ix ON shop.orders (amount);\n");
        using var writer = new StringWriter { NewLine = "\n" };

        DeploymentPlan.ForEmptyDatabase(_scripts.Load(), DatabaseEngine.Local).WriteTo(writer);

        Assert.Equal(
            """
            create  dbo.SchemaVersions, ops.script_log, ops.script_errors
            run     0001_create_schema.sql (new)
            run     0002_create_orders.sql (new)
            skip    0003_create_index.sql (not for the local engine)
            run     shop/order_totals.sql (new)

            """,
            writer.ToString());
    }

    [Fact]
    public void A_plan_without_work_says_so()
    {
        using var writer = new StringWriter { NewLine = "\n" };

        var plan = DeploymentPlan.Make(
            new ScriptFolder([], []), DatabaseEngine.Local, new JournalState(true, [], NoRows()));
        plan.WriteTo(writer);

        Assert.Equal("Nothing to do.\n", writer.ToString());
    }

    [Fact]
    public void What_DbUp_alone_deployed_is_adopted_and_its_definitions_run()
    {
        var state = new JournalState(false, ["0001_create_schema.sql", "0002_create_orders.sql"], NoRows());

        var plan = DeploymentPlan.Make(_scripts.Load(), DatabaseEngine.SqlServer, state);

        Assert.Equal(
            [DeploymentAction.Adopt, DeploymentAction.Adopt, DeploymentAction.Run],
            plan.Steps.Select(step => step.Action));
    }

    [Fact]
    public void A_migration_that_comes_before_an_applied_one_is_refused()
    {
        var script = _scripts.Load().Numbered[1];
        var rows = NoRows();
        rows.Add(script.Name, new LoggedScript(script.Name, script.Checksum, ScriptKind.Numbered));
        var state = new JournalState(true, [script.Name], rows);

        var error = Assert.Throws<DeploymentException>(
            () => DeploymentPlan.Make(_scripts.Load(), DatabaseEngine.Local, state));

        Assert.Equal(
            "0001_create_schema.sql is not applied but 0002_create_orders.sql is; migrations run in the order of their "
                + "numbers, so give it a new number.",
            error.Message);
    }

    [Fact]
    public void A_script_of_another_team_in_the_journal_is_named()
    {
        var state = new JournalState(true, ["Other.Scripts.One.sql"], NoRows());

        var error = Assert.Throws<DeploymentException>(
            () => DeploymentPlan.Make(_scripts.Load(), DatabaseEngine.Local, state));

        Assert.Equal(
            "Other.Scripts.One.sql was applied to this database (with no checksum recorded) and is missing from "
                + "migrations/; put it back.",
            error.Message);
    }

    [Fact]
    public void An_error_of_syntax_stops_the_plan_before_anything_runs()
    {
        _scripts.Numbered("0003_create_x.sql", "CREATE TABEL x (a int);\n");

        Assert.Throws<DeploymentException>(
            () => DeploymentPlan.ForEmptyDatabase(_scripts.Load(), DatabaseEngine.Local));
    }

    [Theory]
    [InlineData("SELECT 'a\n:r other.sql\nb' AS x;", ":r other.sql")]
    [InlineData("SELECT 1 AS x /*\nGO\n*/;", "GO")]
    [InlineData("SELECT 1 AS x /*\nexit\n*/;", "exit")]
    public void A_line_that_sqlcmd_would_take_for_its_own_is_not_exported(string text, string line)
    {
        _scripts.Numbered("0003_create_x.sql", text);
        var plan = DeploymentPlan.ForEmptyDatabase(_scripts.Load(), DatabaseEngine.SqlServer);

        var error = Assert.Throws<DeploymentException>(() => SqlcmdScript.Write(plan));

        Assert.Equal(
            $"0003_create_x.sql, line 2: sqlcmd would take '{line}' for a command of its own.", error.Message);
    }

    [Fact]
    public void Of_sqlcmds_commands_only_on_error_exit_is_read()
    {
        var batches = SqlcmdScript.Read(":on error exit\nGO\nSELECT 1;\nGO\n");
        var error = Assert.Throws<DeploymentException>(() => SqlcmdScript.Read("SELECT 1;\n:r other.sql\n"));

        Assert.Equal([new ScriptBatch("SELECT 1;", 3)], batches);
        Assert.Equal(
            "Line 2 is ':r other.sql'; of sqlcmd's commands only ':on error exit' is read here.", error.Message);
    }

    [Theory]
    [InlineData("abc", 3, "abc")]
    [InlineData("abcd", 3, "abc")]
    [InlineData("aós", 2, "a")]
    [InlineData("aós", 3, "aó")]
    [InlineData("😀😀", 7, "😀")]
    public void A_long_message_is_cut_between_characters(string text, int bytes, string expected)
    {
        Assert.Equal(expected, Journal.Utf8Prefix(text, bytes));
    }

    private static Dictionary<string, LoggedScript> NoRows() => new(StringComparer.Ordinal);
}

using System.Data.Common;
using System.Globalization;
using Experiments.Connections;

namespace Experiments.Migrations.Tests;

/// <summary>What a deployment does to a real database, on whichever engine.</summary>
public abstract class DeployerContractTests : IDisposable
{
    internal TestScripts Scripts { get; } = TestScripts.Shop();

    protected abstract DatabaseEngine Engine { get; }

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Scripts.Dispose();

    /// <summary>An open connection to an empty database; every call in a test gives the same database.</summary>
    protected abstract Task<DbConnection> OpenAsync();

    [Fact]
    public async Task A_deployment_makes_the_objects_and_records_them()
    {
        await using var connection = await OpenAsync();

        var result = await DeployAsync(connection);

        Assert.Equal(
            ["0001_create_schema.sql", "0002_create_orders.sql", "shop/order_totals.sql"],
            result.Steps.Select(step => step.Script.Name));
        Assert.Equal(
            ["0001_create_schema.sql", "0002_create_orders.sql"],
            await TextsAsync(connection, "SELECT v.ScriptName FROM dbo.SchemaVersions AS v ORDER BY v.Id;"));
        Assert.Equal(
            Scripts.Load().Numbered.Concat(Scripts.Load().Definitions).Select(s => $"{s.Name} {s.Checksum}"),
            await TextsAsync(
                connection,
                "SELECT CONCAT(l.script_name, ' ', l.checksum) AS x FROM ops.script_log AS l ORDER BY l.script_name;"));
        Assert.Empty(await TextsAsync(
            connection, "SELECT t.total_amount FROM shop.order_totals AS t WHERE t.total_amount > 0;"));
    }

    [Fact]
    public async Task Deploying_twice_changes_nothing()
    {
        await using var connection = await OpenAsync();
        await DeployAsync(connection);
        var before = await JournalAsync(connection);

        var plan = await PlanAsync(connection);
        var again = await DeployAsync(connection);

        Assert.False(plan.HasWork);
        Assert.Empty(plan.Steps);
        Assert.Empty(again.Steps);
        Assert.Equal(before, await JournalAsync(connection));
    }

    [Fact]
    public async Task A_changed_definition_runs_again_and_a_new_migration_runs_before_it()
    {
        await using var connection = await OpenAsync();
        await DeployAsync(connection);
        Scripts
            .Numbered("0003_add_currency.sql", "ALTER TABLE shop.orders ADD currency varchar(3) NULL;\nGO\n")
            .Definition(
                "shop/order_totals.sql",
                "CREATE OR ALTER VIEW shop.order_totals AS SELECT COUNT_BIG(o.currency) AS n FROM shop.orders AS o;\n");

        var result = await DeployAsync(connection);

        Assert.Equal(["0003_add_currency.sql", "shop/order_totals.sql"], result.Steps.Select(step => step.Script.Name));
        Assert.Equal(["new", "changed"], result.Steps.Select(step => step.Reason));
        Assert.Equal(["0"], await TextsAsync(connection, "SELECT t.n FROM shop.order_totals AS t;"));
        Assert.False((await PlanAsync(connection)).HasWork);
    }

    [Fact]
    public async Task An_edited_migration_is_refused_with_both_checksums()
    {
        await using var connection = await OpenAsync();
        var before = Scripts.Load().Numbered[1].Checksum;
        await DeployAsync(connection);
        Scripts.Numbered("0002_create_orders.sql", TestScripts.CreateTable + "-- edited\n");
        var after = Scripts.Load().Numbered[1].Checksum;

        var error = await Assert.ThrowsAsync<DeploymentException>(() => PlanAsync(connection));

        Assert.Equal(
            $"0002_create_orders.sql was applied with checksum {before} and now has {after}; "
                + "an applied migration is never edited, so restore it and add a new one.",
            error.Message);
    }

    [Fact]
    public async Task A_missing_migration_is_refused_with_its_checksum()
    {
        await using var connection = await OpenAsync();
        var checksum = Scripts.Load().Numbered[1].Checksum;
        await DeployAsync(connection);
        Scripts.WithoutNumbered("0002_create_orders.sql");

        var error = await Assert.ThrowsAsync<DeploymentException>(() => PlanAsync(connection));

        Assert.Equal(
            $"0002_create_orders.sql was applied to this database (with checksum {checksum}) and is missing from "
                + "migrations/; put it back.",
            error.Message);
    }

    [Fact]
    public async Task A_removed_definition_is_named_until_a_migration_drops_its_object()
    {
        await using var connection = await OpenAsync();
        await DeployAsync(connection);
        Scripts.WithoutDefinition("shop/order_totals.sql");

        var error = await Assert.ThrowsAsync<DeploymentException>(() => PlanAsync(connection));
        Scripts.Numbered("0003_drop_order_totals.sql", "DROP VIEW IF EXISTS shop.order_totals;\nGO\n");
        await DeployAsync(connection);

        Assert.Equal(
            "shop/order_totals.sql was applied to this database and is no longer in database/; "
                + "a numbered script must DROP the object.",
            error.Message);
        Assert.False((await PlanAsync(connection)).HasWork);
        Assert.Empty(await TextsAsync(
            connection, "SELECT 'there' AS x WHERE OBJECT_ID('shop.order_totals') IS NOT NULL;"));
    }

    [Fact]
    public async Task A_definition_that_a_migration_drops_runs_again()
    {
        await using var connection = await OpenAsync();
        await DeployAsync(connection);
        Scripts.Numbered("0003_drop_order_totals.sql", "DROP VIEW IF EXISTS shop.order_totals;\nGO\n");

        var result = await DeployAsync(connection);

        Assert.Equal(
            ["0003_drop_order_totals.sql", "shop/order_totals.sql"], result.Steps.Select(step => step.Script.Name));
        Assert.False((await PlanAsync(connection)).HasWork);
    }

    [Fact]
    public async Task A_failing_script_leaves_nothing_behind_but_a_row_in_script_errors()
    {
        await using var connection = await OpenAsync();
        Scripts
            .Numbered(
                "0003_create_fails.sql",
                "CREATE TABLE shop.half_done (half_id bigint NOT NULL);\nGO\n\nINSERT INTO shop.half_done (half_id)\n"
                    + "SELECT n.half_id FROM shop.nowhere AS n;\nGO\n")
            .Numbered("0004_create_later.sql", "CREATE TABLE shop.later (later_id bigint NOT NULL);\nGO\n");

        var error = await Assert.ThrowsAsync<DeploymentException>(() => DeployAsync(connection));

        Assert.Equal("0003_create_fails.sql", error.ScriptName);
        Assert.Equal(2, error.Batch);
        Assert.InRange(error.Line ?? 0, 3, 5);
        Assert.Contains("shop.nowhere", error.Message, StringComparison.Ordinal);
        Assert.Empty(await TextsAsync(
            connection,
            "SELECT 1 AS x WHERE OBJECT_ID('shop.half_done') IS NOT NULL OR OBJECT_ID('shop.later') IS NOT NULL;"));
        Assert.Equal(
            ["0001_create_schema.sql", "0002_create_orders.sql"],
            await TextsAsync(connection, "SELECT v.ScriptName FROM dbo.SchemaVersions AS v ORDER BY v.Id;"));
        Assert.Equal(
            ["1 0003_create_fails.sql 208"],
            await TextsAsync(
                connection,
                "SELECT CONCAT(e.error_id, ' ', e.script_name, ' ', e.error_number) AS x FROM ops.script_errors AS e"));
    }

    [Fact]
    public async Task After_a_failure_the_corrected_script_runs()
    {
        await using var connection = await OpenAsync();
        Scripts.Numbered("0003_insert_order.sql", "INSERT INTO shop.nowhere (order_id) VALUES (1);\nGO\n");
        await Assert.ThrowsAsync<DeploymentException>(() => DeployAsync(connection));
        Scripts.Numbered("0003_insert_order.sql", "INSERT INTO shop.orders (order_id) VALUES (1);\nGO\n");

        await DeployAsync(connection);

        Assert.False((await PlanAsync(connection)).HasWork);
        Assert.Equal(["1"], await TextsAsync(connection, "SELECT COUNT_BIG(*) AS n FROM shop.orders AS o;"));
    }

    [Fact]
    public async Task A_migration_that_DbUp_ran_is_adopted()
    {
        await using var connection = await OpenAsync();
        await DeployAsync(connection);
        await ExecuteAsync(connection, "DELETE FROM ops.script_log WHERE script_name = '0001_create_schema.sql';");

        var plan = await PlanAsync(connection);
        await DeployAsync(connection);

        var step = Assert.Single(plan.Steps);
        Assert.Equal((DeploymentAction.Adopt, "0001_create_schema.sql"), (step.Action, step.Script.Name));
        Assert.False((await PlanAsync(connection)).HasWork);
        Assert.Equal(2, (await TextsAsync(connection, "SELECT v.ScriptName FROM dbo.SchemaVersions AS v;")).Count);
    }

    [Fact]
    public async Task The_exported_file_leaves_nothing_to_do_and_may_be_run_twice()
    {
        await using var connection = await OpenAsync();
        Scripts.Numbered("0003_insert_order.sql", "INSERT INTO shop.orders (order_id, amount) VALUES (1, 2.5);\nGO\n");
        var file = await ExportAsync(connection);

        await RunFileAsync(connection, file);
        var first = await PlanAsync(connection);
        await RunFileAsync(connection, file);
        var second = await PlanAsync(connection);

        Assert.False(first.HasWork);
        Assert.False(second.HasWork);
        Assert.Equal(["1"], await TextsAsync(connection, "SELECT COUNT_BIG(*) AS n FROM shop.orders AS o;"));
    }

    [Fact]
    public async Task An_exported_file_that_continues_refuses_a_database_that_is_not_so_far()
    {
        await using var connection = await OpenAsync();
        await DeployAsync(connection);
        Scripts.Numbered("0003_insert_order.sql", "INSERT INTO shop.orders (order_id, amount) VALUES (1, 2.5);\nGO\n");
        var file = await ExportAsync(connection);
        await ExecuteAsync(connection, "DELETE FROM dbo.SchemaVersions WHERE ScriptName = '0002_create_orders.sql';");

        var error = await Assert.ThrowsAnyAsync<DbException>(() => RunFileAsync(connection, file));

        Assert.Contains("continues after 0002_create_orders.sql", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exported_file_refuses_a_database_that_is_further()
    {
        await using var connection = await OpenAsync();
        var file = await ExportAsync(connection);
        Scripts.Numbered("0003_insert_order.sql", "INSERT INTO shop.orders (order_id, amount) VALUES (1, 2.5);\nGO\n");
        await DeployAsync(connection);

        var error = await Assert.ThrowsAnyAsync<DbException>(() => RunFileAsync(connection, file));

        Assert.Contains(
            "ends at 0002_create_orders.sql, and this database is further", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_that_is_out_of_date_is_refused()
    {
        await using var connection = await OpenAsync();
        var deployer = new Deployer(Scripts.Load(), connection, Engine);
        var plan = await deployer.PlanAsync(Cancel);
        await deployer.ApplyAsync(plan, null, Cancel);

        var error = await Assert.ThrowsAsync<DeploymentException>(() => deployer.ApplyAsync(plan, null, Cancel));

        Assert.Equal(
            "The database was deployed to after this plan was made; nothing was changed, so plan again.", error.Message);
    }

    [Fact]
    public async Task A_cancelled_deployment_keeps_whole_scripts_and_goes_on_later()
    {
        await using var connection = await OpenAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var deployer = new Deployer(Scripts.Load(), connection, Engine);
        var plan = await deployer.PlanAsync(Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => deployer.ApplyAsync(plan, new Cancelling(cancel), cancel.Token));
        var rest = await DeployAsync(connection);

        Assert.Equal(
            ["0002_create_orders.sql", "shop/order_totals.sql"], rest.Steps.Select(step => step.Script.Name));
        Assert.Empty(await TextsAsync(connection, "SELECT e.error_id FROM ops.script_errors AS e;"));
    }

    [Fact]
    public async Task Progress_is_told_of_each_step()
    {
        await using var connection = await OpenAsync();
        var deployer = new Deployer(Scripts.Load(), connection, Engine);
        var told = new Told();

        await deployer.ApplyAsync(await deployer.PlanAsync(Cancel), told, Cancel);

        Assert.Equal(3, told.Steps.Count);
        Assert.All(told.Steps, step => Assert.NotNull(step.Duration));
    }

    protected async Task<DeploymentPlan> PlanAsync(DbConnection connection) =>
        await new Deployer(Scripts.Load(), connection, Engine).PlanAsync(Cancel);

    protected async Task<DeploymentResult> DeployAsync(DbConnection connection)
    {
        var deployer = new Deployer(Scripts.Load(), connection, Engine);
        return await deployer.ApplyAsync(await deployer.PlanAsync(Cancel), null, Cancel);
    }

    protected static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Cancel);
    }

    protected static async Task<List<string>> TextsAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var texts = new List<string>();
        while (await reader.ReadAsync(Cancel))
        {
            texts.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture)!);
        }

        return texts;
    }

    private static async Task RunFileAsync(DbConnection connection, string file)
    {
        foreach (var batch in SqlcmdScript.Read(file))
        {
            await ExecuteAsync(connection, batch.Text);
        }
    }

    private async Task<string> ExportAsync(DbConnection connection)
    {
        await using var writer = new StringWriter();
        var deployer = new Deployer(Scripts.Load(), connection, Engine);
        await deployer.ExportAsync(writer, await deployer.PlanAsync(Cancel), Cancel);
        return writer.ToString();
    }

    private static async Task<List<string>> JournalAsync(DbConnection connection) =>
    [
        .. await TextsAsync(connection, "SELECT v.ScriptName FROM dbo.SchemaVersions AS v ORDER BY v.Id;"),
        .. await TextsAsync(connection, "SELECT v.Applied FROM dbo.SchemaVersions AS v ORDER BY v.Id;"),
        .. await TextsAsync(connection, "SELECT l.checksum FROM ops.script_log AS l ORDER BY l.script_name;"),
        .. await TextsAsync(connection, "SELECT l.applied_at FROM ops.script_log AS l ORDER BY l.script_name;"),
    ];

    /// <summary>Cancels after the first step.</summary>
    private sealed class Cancelling(CancellationTokenSource source) : IProgress<DeploymentStep>
    {
        public void Report(DeploymentStep value) => source.Cancel();
    }

    private sealed class Told : IProgress<DeploymentStep>
    {
        internal List<DeploymentStep> Steps { get; } = [];

        public void Report(DeploymentStep value) => Steps.Add(value);
    }
}

using Experiments.Connections;
using Experiments.Migrations.Tests.Recording;

namespace Experiments.Migrations.Tests;

/// <summary>What is said to a server, word for word.</summary>
public sealed class ConversationTests : IDisposable
{
    private const string Presence = "has_journal";
    private const string Journaled = "SELECT v.ScriptName FROM dbo.SchemaVersions AS v ORDER";
    private const string Logged = "SELECT l.script_name, l.checksum, l.kind";
    private const string CollationQuery = "DATABASEPROPERTYEX";
    private const string Lock = "sp_getapplock";

    private readonly TestScripts _scripts = TestScripts.Shop();
    private readonly RecordingConnection _connection = new RecordingConnection()
        .Answer(CollationQuery, [Deployer.Collation])
        .Answer(Presence, [0, 0, 0])
        .Answer(Lock, [0]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _scripts.Dispose();
        _connection.Dispose();
    }

    [Fact]
    public async Task An_empty_database_gets_the_journal_then_each_script_in_its_transaction()
    {
        await DeployAsync();

        Approval.Verify(_connection.Conversation);
    }

    [Fact]
    public async Task A_failing_script_is_rolled_back_and_recorded()
    {
        _connection.Fail("CREATE TABLE shop.orders", "There is already an object named 'orders' in the database.");

        var error = await Assert.ThrowsAsync<DeploymentException>(DeployAsync);

        Assert.Equal(
            "0002_create_orders.sql: There is already an object named 'orders' in the database.", error.Message);
        Assert.Equal(1, error.Batch);
        Approval.Verify(_connection.Conversation);
    }

    [Fact]
    public async Task A_script_without_a_transaction_runs_alone_and_is_recorded_after_it()
    {
        _connection.Answer(Presence, [1, 1, 1]);
        _scripts
            .WithoutDefinition("shop/order_totals.sql")
            .WithoutNumbered("0002_create_orders.sql")
            .Numbered(
                "0002_allow_snapshots.sql",
                "-- engines: sqlserver\n-- transaction: none\n"
                    + "ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON;\nGO\n");
        Applied(_scripts.Load().Numbered[0]);

        await DeployAsync();

        Approval.Verify(_connection.Conversation);
    }

    [Fact]
    public async Task A_database_that_is_up_to_date_is_only_read()
    {
        _connection.Answer(Presence, [1, 1, 1]);
        Applied([.. _scripts.Load().Numbered, .. _scripts.Load().Definitions]);

        await DeployAsync();

        Approval.Verify(_connection.Conversation);
    }

    [Fact]
    public async Task Another_collation_is_refused_by_name()
    {
        _connection.Answer(CollationQuery, ["SQL_Latin1_General_CP1_CI_AS"]);

        var error = await Assert.ThrowsAsync<DeploymentException>(DeployAsync);

        Assert.Equal(
            "The database experiments has the collation SQL_Latin1_General_CP1_CI_AS; "
                + "it must be created with COLLATE Latin1_General_100_BIN2_UTF8.",
            error.Message);
    }

    [Fact]
    public async Task A_second_deployer_is_kept_out()
    {
        _connection.Answer(Lock, [-1]);

        var error = await Assert.ThrowsAsync<DeploymentException>(DeployAsync);

        Assert.Equal(
            "Another deployment holds the lock of experiments; nothing was changed, so wait for it and run again.",
            error.Message);
        Assert.DoesNotContain("begin transaction", _connection.Conversation, StringComparison.Ordinal);
    }

    [Fact]
    public void The_exported_file_is_one_that_sqlcmd_runs()
    {
        _scripts.Numbered("0003_drop_order_totals.sql", "DROP VIEW IF EXISTS shop.order_totals;\nGO\n");

        Approval.Verify(SqlcmdScript.Write(DeploymentPlan.ForEmptyDatabase(_scripts.Load(), DatabaseEngine.SqlServer)));
    }

    private void Applied(params Script[] scripts)
    {
        _connection.Answer(
            Journaled,
            scripts.Where(s => s.Kind == ScriptKind.Numbered).Select(s => new object?[] { s.Name }).ToArray());
        _connection.Answer(
            Logged,
            scripts.Select(s => new object?[] { s.Name, s.Checksum, Journal.KindName(s.Kind) }).ToArray());
    }

    private async Task DeployAsync()
    {
        var deployer = new Deployer(_scripts.Load(), _connection, DatabaseEngine.SqlServer, new StoppedClock());
        await deployer.ApplyAsync(await deployer.PlanAsync(Cancel), null, Cancel);
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}

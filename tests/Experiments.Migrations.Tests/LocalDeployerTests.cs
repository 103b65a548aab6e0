using System.Data.Common;
using Experiments.Connections;
using Experiments.LocalSql;

namespace Experiments.Migrations.Tests;

/// <summary>The contract on the local engine, in a file.</summary>
public sealed class LocalDeployerTests : DeployerContractTests
{
    protected override DatabaseEngine Engine => DatabaseEngine.Local;

    protected override async Task<DbConnection> OpenAsync()
    {
        var connection = new LocalSqlConnection($"Data Source={Scripts.DataFile};Constraints=on");
        await connection.OpenAsync(Cancel);
        return connection;
    }

    [Fact]
    public async Task A_script_for_SQL_Server_is_neither_run_nor_recorded()
    {
        await using var connection = await OpenAsync();
        Scripts.Numbered(
            "0003_create_index.sql",
            "-- engines: sqlserver\nCREATE COLUMNSTORE INDEX cci ON shop.orders (amount);\nGO\n");

        var first = await PlanAsync(connection);
        var result = await DeployAsync(connection);
        var second = await PlanAsync(connection);

        Assert.Contains(
            first.Steps, step => step.Action == DeploymentAction.Skip && step.Reason == "not for the local engine");
        Assert.DoesNotContain(result.Steps, step => step.Script.Name == "0003_create_index.sql");
        Assert.False(second.HasWork);
        Assert.Empty(await TextsAsync(
            connection, "SELECT l.script_name FROM ops.script_log AS l WHERE l.script_name LIKE '0003%';"));
    }

    [Fact]
    public async Task A_second_deployer_of_the_same_file_is_kept_out()
    {
        await using var connection = await OpenAsync();
        var deployer = new Deployer(Scripts.Load(), connection, Engine);
        var plan = await deployer.PlanAsync(Cancel);
        await using var held = await DeploymentLock.AcquireAsync(connection, Engine, Cancel);

        var error = await Assert.ThrowsAsync<DeploymentException>(() => deployer.ApplyAsync(plan, null, Cancel));

        Assert.StartsWith("Another deployment holds the lock of ", error.Message, StringComparison.Ordinal);
    }
}

using Experiments.Connections;
using Experiments.LocalSql;

namespace Experiments.Migrations.Tests;

/// <summary>The project's own migrations/ and database/.</summary>
public sealed class ProjectScriptsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DatabaseEngine.Local)]
    [InlineData(DatabaseEngine.SqlServer)]
    public void They_are_valid_and_can_be_exported(DatabaseEngine engine)
    {
        var plan = DeploymentPlan.ForEmptyDatabase(Load(), engine);

        var batches = SqlcmdScript.Read(SqlcmdScript.Write(plan));

        Assert.True(batches.Count > plan.Steps.Count);
    }

    [Fact]
    public async Task Deploying_them_twice_changes_nothing()
    {
        await using var connection = await OpenAsync();
        var deployer = new Deployer(Load(), connection, DatabaseEngine.Local);
        await deployer.ApplyAsync(await deployer.PlanAsync(Cancel), null, Cancel);

        Assert.False((await deployer.PlanAsync(Cancel)).HasWork);
    }

    [Fact]
    public async Task Their_export_leaves_nothing_to_do_and_may_be_run_twice()
    {
        await using var connection = await OpenAsync();
        var deployer = new Deployer(Load(), connection, DatabaseEngine.Local);
        await using var file = new StringWriter();
        await deployer.ExportAsync(file, await deployer.PlanAsync(Cancel), Cancel);

        for (var run = 0; run < 2; run++)
        {
            foreach (var batch in SqlcmdScript.Read(file.ToString()))
            {
                await using var command = connection.CreateCommand();
                command.CommandText = batch.Text;
                await command.ExecuteNonQueryAsync(Cancel);
            }

            Assert.False((await deployer.PlanAsync(Cancel)).HasWork);
        }
    }

    private static ScriptFolder Load()
    {
        var sql = Path.Combine(AppContext.BaseDirectory, "sql");
        return ScriptFolder.Load(Path.Combine(sql, "migrations"), Path.Combine(sql, "database"));
    }

    private static async Task<LocalSqlConnection> OpenAsync()
    {
        var connection = new LocalSqlConnection("Data Source=:memory:;Constraints=on");
        await connection.OpenAsync(Cancel);
        return connection;
    }
}

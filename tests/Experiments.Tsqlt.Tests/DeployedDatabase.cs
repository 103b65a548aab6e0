using Experiments.Connections;
using Experiments.LocalSql;
using Experiments.Migrations;

namespace Experiments.Tsqlt.Tests;

/// <summary>A database in memory with the project's scripts and its test classes, shared: every test is rolled back.</summary>
public sealed class DeployedDatabase : IAsyncLifetime
{
    internal TestDatabase Database { get; } = new();

    public async ValueTask InitializeAsync()
    {
        var deployer = new Deployer(
            ScriptFolder.Load(Repository.Folder("migrations"), Repository.Folder("database")),
            Database.Connection, DatabaseEngine.Local);
        await deployer.ApplyAsync(await deployer.PlanAsync(CancellationToken.None), null, CancellationToken.None);
        foreach (var batch in TestScript.LoadAll(Repository.Folder("tests", "tsqlt")).SelectMany(static s => s.Batches))
        {
            Database.Run(batch.Text);
        }
    }

    public ValueTask DisposeAsync()
    {
        Database.Dispose();
        return ValueTask.CompletedTask;
    }
}

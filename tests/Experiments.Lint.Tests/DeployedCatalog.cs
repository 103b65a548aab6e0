using Experiments.Connections;
using Experiments.LocalSql;
using Experiments.LocalSql.Batch;
using Experiments.Migrations;

namespace Experiments.Lint.Tests;

/// <summary>The local engine with the project's own scripts deployed, in memory and empty.</summary>
public sealed class DeployedCatalog : IAsyncLifetime
{
    private readonly LocalSqlConnection _connection = new("Data Source=:memory:;Constraints=on");

    internal Session Session => _connection.Session;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await _connection.OpenAsync(TestContext.Current.CancellationToken);
        var deployer = new Deployer(
            ScriptFolder.Load(Path.Combine(Repository.Root, "migrations"), Path.Combine(Repository.Root, "database")),
            _connection, DatabaseEngine.Local);
        var plan = await deployer.PlanAsync(TestContext.Current.CancellationToken);
        await deployer.ApplyAsync(plan, null, TestContext.Current.CancellationToken);
    }

    internal void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}

using System.Data.Common;
using Experiments.Connections;
using Microsoft.Data.SqlClient;

namespace Experiments.Migrations.Tests;

/// <summary>
/// The contract on the server that EXPERIMENTS_TEST_SQLSERVER names, in a database of each test's own.
/// </summary>
public sealed class SqlServerDeployerTests : DeployerContractTests
{
    private const string Variable = "EXPERIMENTS_TEST_SQLSERVER";

    private readonly string _database = $"experiments_test_{Guid.NewGuid():N}";
    private bool _created;

    protected override DatabaseEngine Engine => DatabaseEngine.SqlServer;

    protected override async Task<DbConnection> OpenAsync()
    {
        var server = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(server), $"{Variable} is not set.");
        if (!_created)
        {
            await using var master = new SqlConnection(server);
            await master.OpenAsync(Cancel);
            await ExecuteAsync(master, $"CREATE DATABASE {_database} COLLATE {Deployer.Collation};");
            _created = true;
        }

        var builder = new SqlConnectionStringBuilder(server) { InitialCatalog = _database, Pooling = false };
        var connection = new SqlConnection(builder.ConnectionString);
        await connection.OpenAsync(Cancel);
        return connection;
    }

    protected override void Dispose(bool disposing)
    {
        if (_created)
        {
            using var master = new SqlConnection(Environment.GetEnvironmentVariable(Variable));
            master.Open();
            using var command = master.CreateCommand();
            command.CommandText = $"DROP DATABASE {_database};";
            command.ExecuteNonQuery();
        }

        base.Dispose(disposing);
    }
}

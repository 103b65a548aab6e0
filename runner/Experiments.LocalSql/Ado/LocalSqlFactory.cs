using System.Data.Common;

namespace Experiments.LocalSql;

/// <summary>Makes the provider's objects.</summary>
public sealed class LocalSqlFactory : DbProviderFactory
{
    /// <summary>The one instance.</summary>
    public static readonly LocalSqlFactory Instance = new();

    private LocalSqlFactory()
    {
    }

    /// <inheritdoc/>
    public override DbConnection CreateConnection() => new LocalSqlConnection("Data Source=:memory:");

    /// <inheritdoc/>
    public override DbCommand CreateCommand() => new LocalSqlCommand();

    /// <inheritdoc/>
    public override DbParameter CreateParameter() => new LocalSqlParameter();
}

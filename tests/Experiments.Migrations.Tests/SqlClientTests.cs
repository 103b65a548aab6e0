using System.Data;
using System.Net;
using System.Net.Sockets;
using Microsoft.Data.SqlClient;

namespace Experiments.Migrations.Tests;

/// <summary>Microsoft.Data.SqlClient works with the packages that this build gives it.</summary>
public sealed class SqlClientTests
{
    [Fact]
    public void Typed_parameters_can_be_made()
    {
        using var command = new SqlCommand();
        command.Parameters.Add(new SqlParameter("@name", SqlDbType.VarChar, 255) { Value = "0001_create_schemas.sql" });
        command.Parameters.Add(
            new SqlParameter("@at", SqlDbType.DateTime2) { Scale = 6, Value = new DateTime(2026, 1, 2) });
        command.Parameters.Add(new SqlParameter("@n", SqlDbType.BigInt) { Value = 1L });
        command.Parameters.Add(new SqlParameter("@x", SqlDbType.Float) { Value = 1.5 });

        Assert.Equal(4, command.Parameters.Count);
    }

    [Fact]
    public void A_parameter_of_an_unknown_CLR_type_is_refused_by_name()
    {
        var error = Record.Exception(() => new SqlParameter("@x", new SqlClientTests()).SqlDbType);

        Assert.IsType<ArgumentException>(error);
    }

    [Fact]
    public void A_bulk_copy_can_be_made()
    {
        using var connection = new SqlConnection("Server=localhost;Database=x;Integrated Security=true");
        using var bulk = new SqlBulkCopy(connection) { DestinationTableName = "raw.events", EnableStreaming = true };
        bulk.ColumnMappings.Add(0, 0);

        Assert.Equal("raw.events", bulk.DestinationTableName);
    }

    [Theory]
    [InlineData("User ID=u;Password=p")]
    [InlineData("User ID=u;Password=p;Encrypt=Strict")]
    public async Task A_closed_port_is_a_SqlException(string login)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var connection = new SqlConnection(
            $"Server=tcp:127.0.0.1,{port};Database=x;{login};Connect Timeout=2;Connect Retry Count=0;Pooling=false");

        await Assert.ThrowsAsync<SqlException>(() => connection.OpenAsync(TestContext.Current.CancellationToken));
    }
}

namespace Experiments.Migrations.Tests;

/// <summary>A migrations/ and a database/ folder of a test's own.</summary>
internal sealed class TestScripts : IDisposable
{
    internal const string CreateTable = """
        CREATE TABLE shop.orders (
            order_id bigint NOT NULL,
            amount float NULL,
            CONSTRAINT pk_orders PRIMARY KEY (order_id)
        );
        GO

        """;

    internal const string CreateSchema = """
        IF SCHEMA_ID('shop') IS NULL
        BEGIN
            EXEC('CREATE SCHEMA shop');
        END;
        GO

        """;

    internal const string OrderTotals = """
        /* One row in all: the total of the orders. */
        CREATE OR ALTER VIEW shop.order_totals AS
        SELECT SUM(o.amount) AS total_amount FROM shop.orders AS o;
        GO

        """;

    private readonly string _root = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly List<string> _order = [];

    internal TestScripts()
    {
        Directory.CreateDirectory(Migrations);
        Directory.CreateDirectory(Database);
        Order();
    }

    internal string Migrations => Path.Combine(_root, "migrations");

    internal string Database => Path.Combine(_root, "database");

    internal string DataFile => Path.Combine(_root, "test.duckdb");

    /// <summary>A schema, a table and a view.</summary>
    internal static TestScripts Shop() => new TestScripts()
        .Numbered("0001_create_schema.sql", CreateSchema)
        .Numbered("0002_create_orders.sql", CreateTable)
        .Definition("shop/order_totals.sql", OrderTotals);

    internal TestScripts Numbered(string name, string text)
    {
        File.WriteAllText(Path.Combine(Migrations, name), text);
        return this;
    }

    internal TestScripts Definition(string name, string text)
    {
        var path = Path.Combine(Database, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        if (!_order.Contains(name, StringComparer.Ordinal))
        {
            _order.Add(name);
        }

        return Order();
    }

    internal TestScripts WithoutNumbered(string name)
    {
        File.Delete(Path.Combine(Migrations, name));
        return this;
    }

    internal TestScripts WithoutDefinition(string name)
    {
        File.Delete(Path.Combine(Database, name));
        _order.Remove(name);
        return Order();
    }

    internal TestScripts OrderText(string text)
    {
        File.WriteAllText(Path.Combine(Database, "order.txt"), text);
        return this;
    }

    internal ScriptFolder Load() => ScriptFolder.Load(Migrations, Database);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private TestScripts Order() => OrderText(string.Concat(_order.Select(name => name + "\n")));
}

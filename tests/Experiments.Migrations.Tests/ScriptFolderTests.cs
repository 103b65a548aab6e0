namespace Experiments.Migrations.Tests;

public sealed class ScriptFolderTests : IDisposable
{
    private readonly TestScripts _scripts = TestScripts.Shop();

    public void Dispose() => _scripts.Dispose();

    [Fact]
    public void Scripts_come_in_the_order_of_their_numbers_and_of_order_txt()
    {
        _scripts.Definition("shop/b.sql", "CREATE OR ALTER VIEW shop.b AS SELECT 1 AS one;").OrderText(
            "# definitions\nshop/order_totals.sql\n\nshop/b.sql\n");

        var folder = _scripts.Load();

        Assert.Equal(["0001_create_schema.sql", "0002_create_orders.sql"], folder.Numbered.Select(s => s.Name));
        Assert.Equal(["shop/order_totals.sql", "shop/b.sql"], folder.Definitions.Select(s => s.Name));
    }

    [Theory]
    [InlineData("0003_x.sql")]
    [InlineData("3_create_x.sql")]
    [InlineData("0003-create-x.sql")]
    [InlineData("0003_Create_x.sql")]
    [InlineData("0003_create__x.sql")]
    [InlineData("00003_create_x.sql")]
    [InlineData("0003_create_x.SQL")]
    [InlineData("0003_create_x.sql.bak")]
    [InlineData("README.md")]
    public void Anything_else_in_the_folder_of_migrations_is_refused(string name)
    {
        _scripts.Numbered(name, "SELECT 1;");

        var error = Assert.Throws<DeploymentException>(_scripts.Load);

        Assert.Equal($"{name} is not named NNNN_verb_object.sql (four digits, then lower-case words).", error.Message);
    }

    [Fact]
    public void Only_deploy_cs_may_be_beside_the_migrations()
    {
        _scripts.Numbered("deploy.cs", "return 0;");

        Assert.Equal(2, _scripts.Load().Numbered.Count);
    }

    [Fact]
    public void A_gap_is_refused()
    {
        _scripts.Numbered("0004_create_x.sql", "SELECT 1;");

        var error = Assert.Throws<DeploymentException>(_scripts.Load);

        Assert.Equal("0004_create_x.sql follows a gap: number 0003 is missing.", error.Message);
    }

    [Fact]
    public void A_number_that_is_there_twice_is_refused()
    {
        _scripts.Numbered("0002_create_x.sql", "SELECT 1;");

        var error = Assert.Throws<DeploymentException>(_scripts.Load);

        Assert.Equal("0002_create_orders.sql and 0002_create_x.sql have the same number.", error.Message);
    }

    [Fact]
    public void A_definition_that_order_txt_does_not_list_is_refused()
    {
        _scripts.Definition("shop/extra.sql", "SELECT 1;").OrderText("shop/order_totals.sql\n");

        var error = Assert.Throws<DeploymentException>(_scripts.Load);

        Assert.Equal("shop/extra.sql is not listed in order.txt.", error.Message);
    }

    [Theory]
    [InlineData("shop/order_totals.sql\nshop/order_totals.sql\n", "order.txt lists shop/order_totals.sql twice.")]
    [InlineData("shop/order_totals.sql\nshop/gone.sql\n", "order.txt lists shop/gone.sql, which is not there.")]
    public void Order_txt_lists_each_definition_once(string order, string message)
    {
        _scripts.OrderText(order);

        Assert.Equal(message, Assert.Throws<DeploymentException>(_scripts.Load).Message);
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        var error = Assert.Throws<DeploymentException>(() => ScriptFolder.Load("no/such/folder", _scripts.Database));

        Assert.Equal("There is no folder no/such/folder.", error.Message);
    }
}

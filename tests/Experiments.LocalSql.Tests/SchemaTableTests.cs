using System.Data;

namespace Experiments.LocalSql.Tests;

/// <summary>The schema table tells size, precision and scale as SqlClient does (MetaType of each type).</summary>
public sealed class SchemaTableTests
{
    [Theory]
    [InlineData("int", 4, 10, 255, false)]
    [InlineData("bigint", 8, 19, 255, false)]
    [InlineData("tinyint", 1, 3, 255, false)]
    [InlineData("bit", 1, 255, 255, false)]
    [InlineData("float", 8, 15, 255, false)]
    [InlineData("decimal(9,2)", 17, 9, 2, false)]
    [InlineData("varchar(7)", 7, 255, 255, false)]
    [InlineData("varchar(max)", int.MaxValue, 255, 255, true)]
    [InlineData("datetime2(6)", 8, 255, 6, false)]
    [InlineData("datetime2(0)", 6, 255, 0, false)]
    [InlineData("uniqueidentifier", 16, 255, 255, false)]
    public void A_type_has_its_size(string type, int size, int precision, int scale, bool isLong)
    {
        using var database = new LocalDatabase();
        using var command = database.Connection.CreateCommand();
        command.CommandText = $"SELECT CAST(NULL AS {type}) AS v";
        using var reader = command.ExecuteReader();
        var row = Assert.Single(reader.GetSchemaTable()!.Rows.Cast<DataRow>());
        Assert.Equal("v", row["ColumnName"]);
        Assert.Equal(size, row["ColumnSize"]);
        Assert.Equal((short)precision, row["NumericPrecision"]);
        Assert.Equal((short)scale, row["NumericScale"]);
        Assert.Equal(isLong, row["IsLong"]);
        Assert.Equal(true, row["AllowDBNull"]);
    }
}

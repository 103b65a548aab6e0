using System.Data;
using System.Data.Common;
using System.Globalization;

namespace Experiments.Behaviour.Tests;

/// <summary>Columns and values of a data reader in the words of the case files, and their comparison.</summary>
internal static class ResultText
{
    private const double FloatTolerance = 1e-12;
    private const double RealTolerance = 1e-6;

    /// <summary>The columns with type, size and nullability as the schema table tells them.</summary>
    internal static IReadOnlyList<ExpectedColumn> Columns(DbDataReader reader)
    {
        var schema = reader.GetSchemaTable()
            ?? throw new InvalidOperationException("The reader gives no schema table.");
        var columns = new List<ExpectedColumn>();
        foreach (DataRow row in schema.Rows)
        {
            var ordinal = (int)row["ColumnOrdinal"];
            var size = (int)row["ColumnSize"];
            var scale = Convert.ToInt32(row["NumericScale"], CultureInfo.InvariantCulture);
            var name = reader.GetDataTypeName(ordinal);
            var type = name switch
            {
                "varchar" or "nvarchar" or "varbinary" => size == int.MaxValue ? name + "(max)" : Sized(name, size),
                "decimal" => string.Create(CultureInfo.InvariantCulture, $"decimal({row["NumericPrecision"]},{scale})"),
                "time" or "datetime2" or "datetimeoffset" => Sized(name, scale),
                _ => name,
            };
            columns.Add(new ExpectedColumn(reader.GetName(ordinal), type, (bool)row["AllowDBNull"]));
        }

        return columns;

        static string Sized(string name, int size) => string.Create(CultureInfo.InvariantCulture, $"{name}({size})");
    }

    /// <summary>A cell as the case files write it; null for NULL.</summary>
    internal static string? Cell(DbDataReader reader, int ordinal, string type) => reader.GetValue(ordinal) switch
    {
        DBNull => null,
        bool b => b ? "1" : "0",
        DateTime d when type == "date" => d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTime d => d.ToString("yyyy-MM-dd HH:mm:ss" + Fraction(type), CultureInfo.InvariantCulture),
        TimeSpan t => new DateTime(t.Ticks, DateTimeKind.Unspecified).ToString("HH:mm:ss" + Fraction(type), CultureInfo.InvariantCulture),
        DateTimeOffset o => o.ToString("yyyy-MM-dd HH:mm:ss" + Fraction(type) + " zzz", CultureInfo.InvariantCulture),
        byte[] b => "0x" + Convert.ToHexString(b),
        Guid g => g.ToString("D").ToUpperInvariant(),
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        float f => f.ToString("R", CultureInfo.InvariantCulture),
        var other => Convert.ToString(other, CultureInfo.InvariantCulture),
    };

    internal static bool SameColumn(ExpectedColumn expected, ExpectedColumn actual) =>
        expected.Name == actual.Name
        && (expected.IsNullable is null || expected.IsNullable == actual.IsNullable)
        && (expected.Type == actual.Type
            || !expected.Type.Contains('(', StringComparison.Ordinal) && expected.Type == BaseOf(actual.Type));

    internal static bool SameRow(
        IReadOnlyList<ExpectedColumn> columns, IReadOnlyList<string?> expected, IReadOnlyList<string?> actual)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (!SameCell(columns[i].Type, expected[i], actual[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool SameCell(string type, string? expected, string? actual)
    {
        if (type is not ("float" or "real") || expected is null || actual is null)
        {
            return string.Equals(expected, actual, StringComparison.Ordinal);
        }

        var x = double.Parse(expected, CultureInfo.InvariantCulture);
        var y = double.Parse(actual, CultureInfo.InvariantCulture);
        var tolerance = type == "float" ? FloatTolerance : RealTolerance;
        return Math.Abs(x - y) <= tolerance * Math.Max(Math.Abs(x), Math.Abs(y));
    }

    private static string BaseOf(string type)
    {
        var bracket = type.IndexOf('(', StringComparison.Ordinal);
        return bracket < 0 ? type : type[..bracket];
    }

    private static string Fraction(string type)
    {
        var digits = type.Contains('(', StringComparison.Ordinal)
            ? int.Parse(type.AsSpan(type.IndexOf('(', StringComparison.Ordinal) + 1).TrimEnd(')'), NumberStyles.None, CultureInfo.InvariantCulture)
            : 3;
        return digits == 0 ? "" : "." + new string('f', digits);
    }
}

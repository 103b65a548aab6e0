using System.Globalization;
using Experiments.LocalSql;

namespace Experiments.LocalSql.Tests;

/// <summary>A database in memory for one test; results come back as text, a row a line, columns parted by bars.</summary>
internal sealed class LocalDatabase : IDisposable
{
    internal LocalDatabase(string options = "Constraints=on")
    {
        Connection = new LocalSqlConnection("Data Source=:memory:;" + options);
        Connection.Open();
    }

    internal LocalSqlConnection Connection { get; }

    internal void Run(params string[] batches)
    {
        foreach (var batch in batches)
        {
            using var command = Connection.CreateCommand();
            command.CommandText = batch;
            command.ExecuteNonQuery();
        }
    }

    internal object? Scalar(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    internal string Rows(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        do
        {
            while (reader.Read())
            {
                lines.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Text(reader.GetValue(i)))));
            }
        }
        while (reader.NextResult());
        return string.Join('\n', lines);
    }

    internal LocalSqlException Error(string sql) => Assert.Throws<LocalSqlException>(() => Rows(sql));

    public void Dispose() => Connection.Dispose();

    private static string Text(object value) => value switch
    {
        DBNull => "NULL",
        bool b => b ? "1" : "0",
        DateTime t => t.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
        byte[] b => "0x" + Convert.ToHexString(b),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}

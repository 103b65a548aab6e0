using System.Diagnostics;
using System.Globalization;
using Experiments.LocalSql;
using Experiments.LocalSql.Native;

namespace Experiments.Benchmarks;

/// <summary>What the local engine adds to DuckDB: warm statements by key, scans, and the start of a process.</summary>
internal static class EngineCost
{
    private const int Keys = 1_000;
    private const int Executions = 20_000;
    private const int Rounds = 5;

    internal static void Run(string runner)
    {
        using var connection = new LocalSqlConnection("Data Source=:memory:");
        connection.Open();
        var native = connection.Session.Native;
        Execute(connection, "CREATE TABLE dbo.k (id int NOT NULL, v float NOT NULL, s varchar(20) NOT NULL)");
        native.Execute($"INSERT INTO dbo.k SELECT i, i * 0.5, 'row ' || i FROM range({Keys}) AS r(i)");
        Execute(connection, "CREATE TABLE dbo.e (unit_id varchar(64) NOT NULL, event_at datetime2(6) NOT NULL, v float NULL, g int NOT NULL)");
        native.Execute("""
            INSERT INTO dbo.e SELECT 'u' || (i % 100000), TIMESTAMP '2026-01-01' + INTERVAL 1 SECOND * (i % 2000000),
                CASE WHEN i % 10 = 0 THEN NULL ELSE (i % 1000) * 0.25 END, i % 20
            FROM range(10000000) AS r(i)
            """);

        Print("by key, provider / native", ByKeyThroughProvider(connection), ByKeyNative(native), "us", Executions / 1e6);
        const string TSql = """
            SELECT e.g, COUNT_BIG(*) AS n, COUNT_BIG(e.v) AS n_v, SUM(e.v) AS sum_v, AVG(e.v) AS mean_v, VAR(e.v) AS var_v,
                MIN(e.event_at) AS first_at, MAX(e.event_at) AS last_at
            FROM dbo.e AS e
            WHERE e.event_at >= '2026-01-03' AND e.v < 200
            GROUP BY e.g
            ORDER BY e.g
            """;
        const string Duck = """
            SELECT g, count(*), count(v), sum(v), avg(v), var_samp(v), min(event_at), max(event_at)
            FROM dbo.e WHERE event_at >= TIMESTAMP '2026-01-03' AND v < 200 GROUP BY g ORDER BY g
            """;
        Print("scan and aggregate, 10 M rows", () => Read(connection, TSql), () => ReadNative(native, Duck), "s", 1);
        const string Join = """
            SELECT e.g, COUNT_BIG(*) AS n, SUM(CASE WHEN k.v > 100 THEN 1e0 ELSE 0e0 END) AS above
            FROM dbo.e AS e INNER JOIN dbo.k AS k ON k.id = DATEDIFF(second, '2026-01-01', e.event_at) % 1000
            GROUP BY e.g ORDER BY e.g
            """;
        const string DuckJoin = """
            SELECT e.g, count(*), sum(CASE WHEN k.v > 100 THEN 1e0 ELSE 0e0 END)
            FROM dbo.e AS e JOIN dbo.k AS k ON k.id = date_diff('second', TIMESTAMP '2026-01-01', e.event_at) % 1000
            GROUP BY e.g ORDER BY e.g
            """;
        Print("join and aggregate, 10 M rows", () => Read(connection, Join), () => ReadNative(native, DuckJoin), "s", 1);
        Start(runner);
    }

    private static Action ByKeyThroughProvider(LocalSqlConnection connection)
    {
        var command = connection.CreateCommand();
        command.CommandText = "SELECT k.v, k.s FROM dbo.k AS k WHERE k.id = @id";
        var parameter = command.CreateParameter();
        parameter.ParameterName = "@id";
        command.Parameters.Add(parameter);
        return () =>
        {
            for (var i = 0; i < Executions; i++)
            {
                parameter.Value = i % Keys;
                using var reader = command.ExecuteReader();
                reader.Read();
                _ = reader.GetDouble(0);
                _ = reader.GetString(1);
            }
        };
    }

    private static Action ByKeyNative(DuckConnection native)
    {
        var statement = native.Prepare("SELECT v, s FROM dbo.k WHERE id = CAST($1 AS INTEGER)");
        return () =>
        {
            for (var i = 0; i < Executions; i++)
            {
                statement.Bind(1, i % Keys);
                using var rows = statement.Execute();
                rows.Read();
                _ = rows.GetDouble(0);
                _ = rows.GetString(1);
            }
        };
    }

    private static void Read(LocalSqlConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
        }
    }

    private static void ReadNative(DuckConnection native, string sql)
    {
        using var statement = native.Prepare(sql);
        using var rows = statement.Execute();
        while (rows.Read())
        {
        }
    }

    private static void Execute(LocalSqlConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Medians of alternating rounds, after one of each to warm up.</summary>
    private static void Print(string what, Action ours, Action theirs, string unit, double divisor)
    {
        ours();
        theirs();
        var a = new List<double>();
        var b = new List<double>();
        for (var i = 0; i < Rounds; i++)
        {
            a.Add(Seconds(ours));
            b.Add(Seconds(theirs));
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{what,-32} {Median(a) / divisor,8:F2} {unit} {Median(b) / divisor,8:F2} {unit}   ratio {Median(a) / Median(b):F2}"));
    }

    private static void Start(string runner)
    {
        var folder = Directory.CreateTempSubdirectory("experiments-start").FullName;
        try
        {
            Launch(runner, folder, "migrate");
            var times = Enumerable.Range(0, Rounds).Select(_ => Seconds(() => Launch(runner, folder, "status"))).ToList();
            Console.WriteLine(FormattableString.Invariant($"{"cold start of runner status",-32} {Median(times),8:F2} s"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Launch(string runner, string folder, string command)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder,
        };
        start.ArgumentList.Add(runner);
        start.ArgumentList.Add(command);
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEndAsync();
        process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                "runner " + command + " ended with " + process.ExitCode.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static double Seconds(Action work)
    {
        var clock = Stopwatch.StartNew();
        work();
        return clock.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}

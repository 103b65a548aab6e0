using System.Diagnostics;

namespace Experiments.LocalSql.Tests;

/// <summary>Measures the whole process, so that nothing else may run beside it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    internal const string Name = "alone";
}

/// <summary>What commands leave behind in native memory: nothing.</summary>
[Collection(Alone.Name)]
public sealed class MemoryTests
{
    [Fact]
    public void A_hundred_thousand_commands_do_not_grow_the_process()
    {
        using var database = new LocalDatabase("Constraints=off");
        database.Run("CREATE TABLE dbo.t (id int NOT NULL, name varchar(100) NULL)");
        database.Run("INSERT INTO dbo.t (id, name) VALUES (1, 'a'), (2, 'b')");
        using var value = database.Connection.CreateCommand();
        value.CommandText = "SELECT @x + 1, CONCAT('x', @x)";
        var parameter = value.CreateParameter();
        parameter.ParameterName = "@x";
        value.Parameters.Add(parameter);
        Work(10_000);
        var before = Memory();
        Work(100_000);
        var grown = (Memory() - before) / 1024 / 1024;
        Assert.True(grown < 48, $"100,000 commands took {grown} MB.");

        // Nine of ten compute; the tenth reads, is new, changes, keeps a table of its own, or fails.
        void Work(int commands)
        {
            for (var i = 0; i < commands; i++)
            {
                if (i % 10 != 0)
                {
                    parameter.Value = i;
                    value.ExecuteScalar();
                    continue;
                }

                switch (i / 10 % 25)
                {
                    case < 10:
                        database.Scalar("SELECT t.name FROM dbo.t AS t WHERE t.id = 2");
                        break;
                    case < 20:
                        database.Scalar(FormattableString.Invariant($"SELECT {i} AS n"));
                        break;
                    case 20:
                        database.Run("UPDATE dbo.t SET name = 'c' WHERE id = 1");
                        break;
                    case 21:
                        database.Run("SELECT t.id INTO #t FROM dbo.t AS t; SELECT #t.id FROM #t; DROP TABLE #t");
                        break;
                    case 22:
                        database.Run("DECLARE @t TABLE (id int NULL); INSERT INTO @t (id) VALUES (1)");
                        break;
                    case 23:
                        Assert.Throws<LocalSqlException>(() => database.Scalar("SELECT 1 / 0"));
                        break;
                    default:
                        Assert.Throws<LocalSqlException>(() => database.Scalar("SELECT nope FROM dbo.t"));
                        break;
                }
            }
        }

        static long Memory()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            using var process = Process.GetCurrentProcess();
            return process.PrivateMemorySize64;
        }
    }
}

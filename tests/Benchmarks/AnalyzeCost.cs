using System.Diagnostics;
using Experiments.Runner;

namespace Experiments.Benchmarks;

/// <summary>
/// What analyze costs after the refresh: the experiment of <see cref="MetricsCost"/> with twenty metrics and three
/// variations, three weeks of days, in this process, from opening the database to the last line of the report.
/// </summary>
internal static class AnalyzeCost
{
    private const long Units = 100_000;
    private const int Rounds = 7;
    private const double Target = 1;

    internal static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("experiments-analyze").FullName;
        try
        {
            var database = Path.Combine(folder, "platform.duckdb");
            await CommandAsync(database, "migrate");
            await CommandAsync(database, "sql", MetricsCost.Catalog());
            await CommandAsync(database, "sql", """
                UPDATE catalog.experiment_variations SET weight = 0.25e0 WHERE variation_id = 'treatment';
                INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
                VALUES ('big', 'treatment_b', 0, 0.25e0);
                """);
            MetricsCost.Stage(database, Units);
            await CommandAsync(database, "sql", """
                UPDATE staging.stg_experiment_assignments
                SET variation_id = 'treatment_b', min_variation_id = 'treatment_b', max_variation_id = 'treatment_b'
                WHERE variation_id = 'treatment' AND line_number % 2 = 0;
                UPDATE staging.stg_experiment_exposures
                SET variation_id = 'treatment_b'
                WHERE variation_id = 'treatment' AND line_number % 2 = 0;
                """);
            await CommandAsync(database, "refresh", "--experiment", "big");
            Console.WriteLine("run  analyze, 20 metrics x 3 variations");
            var best = double.MaxValue;
            for (var round = 1; round <= Rounds; round++)
            {
                var seconds = await CommandAsync(database, "analyze", "--experiment", "big", "--no-refresh", "--format", "csv");
                best = Math.Min(best, seconds);
                Console.WriteLine(FormattableString.Invariant($"{round,3}  {seconds,6:F3} s"));
            }

            Console.WriteLine(FormattableString.Invariant($"best {best:F3} s against {Target:F0} s: {(best < Target ? "met" : "missed")}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> CommandAsync(string database, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var app = new RunnerApp(
            new RunnerConsole(output, error, false, false, RunnerConsole.DefaultWidth),
            name => name == "EXPERIMENTS_CONNECTION" ? "Engine=local;Data Source=" + database : null,
            Path.Combine(AppContext.BaseDirectory, "sql"));
        var clock = Stopwatch.StartNew();
        var code = await app.InvokeAsync(arguments, CancellationToken.None);
        var seconds = clock.Elapsed.TotalSeconds;
        return code == 0 ? seconds : throw new InvalidOperationException(string.Join(' ', arguments) + ": " + error);
    }
}

using System.Diagnostics;
using System.Globalization;
using Experiments.Benchmarks;
using Experiments.Sources;

// Prints figures and never fails: dotnet run -c Release --project tests/Benchmarks -- [units | metrics [units [memory limit]] | scrobbles [rows] | engine | analyze | statistics]
if (args is ["hand", var phase, var data, var file])
{
    HandWritten.Run(phase, data, file);
    return;
}

if (args is ["hand-scrobbles", var step, var history, var target])
{
    ScrobblesByHand.Run(step, history, target);
    return;
}

if (args is ["scrobbles", ..])
{
    await ScrobblesAsync(args.Length > 1 ? long.Parse(args[1], CultureInfo.InvariantCulture) : SourceSimulator.LastFmPlays);
    return;
}

if (args is ["stage-metrics", var staged, var count])
{
    MetricsCost.Stage(staged, long.Parse(count, CultureInfo.InvariantCulture));
    return;
}

if (args is ["hand-metrics", var byHand, .. var limits])
{
    MetricsCost.ByHand(byHand, limits.FirstOrDefault());
    return;
}

if (args is ["metrics", ..])
{
    Metrics(args.Length > 1 ? args[1] : "10000000", args.Length > 2 ? args[2] : null);
    return;
}

if (args is ["engine"])
{
    EngineCost.Run(Path.Combine(AppContext.BaseDirectory, "runner.dll"));
    return;
}

if (args is ["analyze"])
{
    await AnalyzeCost.RunAsync();
    return;
}

if (args is ["statistics"])
{
    StatisticsCost.Run();
    return;
}

var units = args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
var folder = Directory.CreateTempSubdirectory("experiments-bench").FullName;
try
{
    var clock = Stopwatch.StartNew();
    await Simulator.WriteAsync(new SimulationOptions("exp_1", units, 7, folder), null, CancellationToken.None);
    var lines = new[] { "assignments.csv", "exposures.csv", "conversions.ndjson" }
        .Select(f => File.ReadLines(Path.Combine(folder, f)).LongCount()).ToArray();
    Console.WriteLine(FormattableString.Invariant(
        $"{units:N0} units, {lines[0]:N0} + {lines[1]:N0} + {lines[2]:N0} lines, simulated in {clock.Elapsed.TotalSeconds:F1} s"));
    var runner = Path.Combine(AppContext.BaseDirectory, "runner.dll");
    var self = Path.Combine(AppContext.BaseDirectory, "Experiments.Benchmarks.dll");
    var platform = Path.Combine(folder, "platform.duckdb");
    var hand = Path.Combine(folder, "hand.duckdb");
    Measure(runner, platform, "migrate");
    Measure(runner, platform, "catalog", "apply", Path.Combine(folder, Simulator.CatalogFile));
    (string Phase, string[][] Commands)[] work =
    [
        ("load",
        [
            ["load", "assignments", Path.Combine(folder, "assignments.csv"), "--no-stage"],
            ["load", "events", Path.Combine(folder, "exposures.csv"), Path.Combine(folder, "conversions.ndjson"), "--no-stage"],
        ]),
        ("refresh", [["refresh", "--experiment", "exp_1"]]),
        ("analyze", [["analyze", "--experiment", "exp_1", "--no-refresh"]]),
    ];
    Console.WriteLine("phase     platform  peak      by hand   peak      ratio");
    foreach (var (name, commands) in work)
    {
        var ours = commands.Select(c => Measure(runner, platform, c)).ToList();
        var (seconds, megabytes) = (ours.Sum(static o => o.Seconds), ours.Max(static o => o.Megabytes));
        var theirs = Measure(self, hand, "hand", name, folder, hand);
        Console.WriteLine(FormattableString.Invariant(
            $"{name,-8}  {seconds,6:F2} s  {megabytes,5:F0} MB  {theirs.Seconds,6:F2} s  {theirs.Megabytes,5:F0} MB  {seconds / theirs.Seconds,5:F2}"));
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

// The history of Last.fm's 1K set: load, then refresh to the metrics of users, beside the same by hand.
static async Task ScrobblesAsync(long rows)
{
    var folder = Directory.CreateTempSubdirectory("experiments-scrobbles").FullName;
    try
    {
        var clock = Stopwatch.StartNew();
        var truth = await SourceSimulator.WriteAsync(
            new SourceSimulationOptions("scrobbles", rows, 7, folder), null, CancellationToken.None);
        var file = Path.Combine(folder, truth.Files[0].Name);
        Console.WriteLine(FormattableString.Invariant(
            $"{rows:N0} plays, {new FileInfo(file).Length / 1e9:F2} GB, simulated in {clock.Elapsed.TotalSeconds:F1} s"));
        var runner = Path.Combine(AppContext.BaseDirectory, "runner.dll");
        var self = Path.Combine(AppContext.BaseDirectory, "Experiments.Benchmarks.dll");
        var platform = Path.Combine(folder, "platform.duckdb");
        var hand = Path.Combine(folder, "hand.duckdb");
        Measure(runner, platform, "migrate");
        // Processor time beside the clock: on a machine that does other things, it is the one to compare.
        Console.WriteLine("phase     platform  processor  peak      by hand   processor  peak      ratio  of processor");
        double ours = 0, theirs = 0, oursProcessor = 0, theirsProcessor = 0;
        foreach (var (name, command) in new[] { ("load", new[] { "load", "scrobbles", file, "--no-stage" }), ("refresh", ["refresh"]) })
        {
            var a = Measure(runner, platform, command);
            var b = Measure(self, hand, "hand-scrobbles", name, file, hand);
            ours += a.Seconds;
            theirs += b.Seconds;
            oursProcessor += a.Processor;
            theirsProcessor += b.Processor;
            Console.WriteLine(FormattableString.Invariant(
                $"{name,-8}  {a.Seconds,6:F2} s  {a.Processor,7:F2} s  {a.Megabytes,5:F0} MB  {b.Seconds,6:F2} s  {b.Processor,7:F2} s  {b.Megabytes,5:F0} MB  {a.Seconds / b.Seconds,5:F2}  {a.Processor / b.Processor,5:F2}"));
        }

        Console.WriteLine(FormattableString.Invariant(
            $"both      {ours,6:F2} s  {oursProcessor,7:F2} s            {theirs,6:F2} s  {theirsProcessor,7:F2} s            {ours / theirs,5:F2}  {oursProcessor / theirsProcessor,5:F2}"));
        Console.WriteLine(FormattableString.Invariant(
            $"planted   {truth.Staged:N0} plays, {truth.Duplicates:N0} duplicates, {truth.Quarantined.Values.Sum():N0} quarantined, {truth.Facts["sessions"] - truth.Facts["sessions_of_one_track"]:N0} sessions"));
        Print(runner, platform, "SELECT r.staged_count, r.duplicate_count, r.quarantined_count, r.rejected_count, r.is_balanced FROM quality.reconciliation AS r");
        Print(runner, platform, "SELECT COUNT_BIG(*) AS sessions FROM marts.dim_sessions AS s");
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

static void Print(string assembly, string database, string sql)
{
    var start = new ProcessStartInfo("dotnet") { UseShellExecute = false };
    start.ArgumentList.Add(assembly);
    start.ArgumentList.Add("sql");
    start.ArgumentList.Add(sql);
    start.Environment["EXPERIMENTS_CONNECTION"] = "Engine=local;Data Source=" + database;
    using var process = Process.Start(start)!;
    process.WaitForExit();
}

// One experiment with twenty metrics: the refresh from staged rows, beside the same tables by hand.
static void Metrics(string units, string? memoryLimit)
{
    var folder = Directory.CreateTempSubdirectory("experiments-metrics").FullName;
    try
    {
        var runner = Path.Combine(AppContext.BaseDirectory, "runner.dll");
        var self = Path.Combine(AppContext.BaseDirectory, "Experiments.Benchmarks.dll");
        var platform = Path.Combine(folder, "platform.duckdb");
        var hand = Path.Combine(folder, "hand.duckdb");
        Measure(runner, platform, "migrate");
        Measure(runner, platform, "sql", MetricsCost.Catalog());
        Measure(self, platform, "stage-metrics", platform, units);
        File.Copy(platform, hand);
        var limited = memoryLimit is null ? platform : platform + ";Memory Limit=" + memoryLimit;
        var ours = Measure(runner, limited, "refresh", "--experiment", "big");
        var theirs = memoryLimit is null
            ? Measure(self, hand, "hand-metrics", hand)
            : Measure(self, hand, "hand-metrics", hand, memoryLimit);
        var again = Measure(runner, limited, "refresh", "--experiment", "big");
        Console.WriteLine("units       platform  processor  peak      by hand   processor  peak      ratio  of processor");
        Console.WriteLine(FormattableString.Invariant(
            $"{units,-10}  {ours.Seconds,6:F2} s  {ours.Processor,7:F2} s  {ours.Megabytes,5:F0} MB  {theirs.Seconds,6:F2} s  {theirs.Processor,7:F2} s  {theirs.Megabytes,5:F0} MB  {ours.Seconds / theirs.Seconds,5:F2}  {ours.Processor / theirs.Processor,5:F2}"));
        Console.WriteLine(FormattableString.Invariant($"refreshed again, with nothing new: {again.Seconds:F2} s"));
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

static (double Seconds, double Megabytes, double Processor) Measure(string assembly, string database, params string[] arguments)
{
    var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
    start.ArgumentList.Add(assembly);
    foreach (var argument in arguments)
    {
        start.ArgumentList.Add(argument);
    }

    start.Environment["EXPERIMENTS_CONNECTION"] = "Engine=local;Data Source=" + database;
    var clock = Stopwatch.StartNew();
    using var process = Process.Start(start)!;
    var output = process.StandardOutput.ReadToEndAsync();
    var error = process.StandardError.ReadToEndAsync();
    double peak = 0;
    double processor = 0;
    while (!process.WaitForExit(20))
    {
        process.Refresh();
        try
        {
            peak = Math.Max(peak, process.PeakWorkingSet64 / 1048576.0);
            processor = process.TotalProcessorTime.TotalSeconds;
        }
        catch (InvalidOperationException)
        {
            // It ended in between.
        }
    }

    var seconds = clock.Elapsed.TotalSeconds;
    if (process.ExitCode != 0)
    {
        Console.WriteLine(string.Join(' ', arguments) + ": " + error.Result + output.Result);
    }

    return (seconds, peak, processor);
}

using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Experiments.Connections;
using Experiments.Runner.Analysis;
using Experiments.Runner.Data;
using Experiments.Runner.Output;
using Experiments.Sources;
using Experiments.Statistics;
using Spectre.Console;

namespace Experiments.Runner.Commands;

/// <summary>Everything once, from an empty folder to a decision.</summary>
internal sealed class DemoCommand : Command, IHasExamples
{
    private const string DefaultFolder = "demo-data";

    private readonly CommandServices _services;
    private readonly Option<long?> _units = SimulateCommand.CreateUnits();
    private readonly Option<int?> _seed = SimulateCommand.CreateSeed();

    private readonly Option<string> _out = new("--out")
    {
        Description = $"The folder of the simulated files; {DefaultFolder} by default.",
        HelpName = "DIR",
    };

    public DemoCommand(CommandServices services)
        : base("demo", "From an empty folder to a ship decision: deploy, simulate, load, refresh, analyze.")
    {
        _services = services;
        Add(_units);
        Add(_seed);
        Add(_out);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples => ["runner demo", "runner demo --units 200000 --seed 11 --out big"];

    public string Notes =>
        """
        Makes experiments.duckdb and demo-data in this directory. It may run again: what is done already is said and
        left as it is. It does not touch a database that holds other loads.
        """;

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        RunnerConsole console = _services.Console;
        ConnectionTarget target = _services.Target(parse);
        SimulationOptions options = SimulateCommand.OptionsOf(
            null, parse.GetValue(_units), parse.GetValue(_seed), parse.GetValue(_out) ?? DefaultFolder);
        SimulationTruth truth = await SimulateAsync(options, cancellationToken).ConfigureAwait(false);

        DbConnection connection = await CommandServices.OpenAsync(target, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            console.Log($"Deploy to {target.DisplayName}");
            await MigrateCommand.ApplyAsync(_services, connection, target.Engine, quiet: true, cancellationToken)
                .ConfigureAwait(false);
            await RefuseOtherLoadsAsync(connection, target, options, truth, cancellationToken).ConfigureAwait(false);

            console.Log($"Apply {Path.Combine(options.OutputFolder, Simulator.CatalogFile)}");
            await CatalogApplyCommand.ApplyAsync(
                TextWriter.Null,
                console,
                connection,
                Path.Combine(options.OutputFolder, Simulator.CatalogFile),
                cancellationToken).ConfigureAwait(false);
            foreach (SimulatedFile file in truth.Files)
            {
                await LoadCommand.LoadAsync(
                    console,
                    connection,
                    new LoadRequest(
                        file.Source, [Path.Combine(options.OutputFolder, file.Name)], LoadMapping.Identity),
                    cancellationToken).ConfigureAwait(false);
            }

            AnalysisReport report = await new AnalysisService(connection, console, new WorkProgress(console)).RunAsync(
                new AnalysisRequest(truth.ExperimentId, null, ProportionInterval.Score, Refresh: true),
                cancellationToken).ConfigureAwait(false);
            IReadOnlyList<TruthLine> traps =
                await new TruthCheck(connection).ReadAsync(truth, cancellationToken).ConfigureAwait(false);

            console.Log(string.Empty);
            await new AnalysisRenderer(console)
                .WriteAsync(report, OutputFormat.Table, cancellationToken).ConfigureAwait(false);
            WriteTruth(truth, report, traps, options.OutputFolder);
            WriteNext(truth.ExperimentId);
            int missed = traps.Count(line => line.Planted != line.Found);
            if (missed > 0)
            {
                throw new RunnerException(
                    ExitCode.Failed,
                    string.Create(CultureInfo.InvariantCulture, $"{missed} planted traps were not found as planted."));
            }
        }

        return (int)ExitCode.Done;
    }

    private async Task<SimulationTruth> SimulateAsync(SimulationOptions options, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(options.OutputFolder, Simulator.TruthFile)))
        {
            if (Directory.Exists(options.OutputFolder)
                && Directory.EnumerateFileSystemEntries(options.OutputFolder).Any())
            {
                throw new RunnerException(
                    ExitCode.Failed,
                    $"The folder '{options.OutputFolder}' holds other files; name an empty one with --out.");
            }

            return await SimulateCommand.WriteAsync(_services.Console, options, cancellationToken)
                .ConfigureAwait(false);
        }

        SimulationTruth truth =
            await Simulator.ReadTruthAsync(options.OutputFolder, cancellationToken).ConfigureAwait(false);
        if (truth.ExperimentId != options.ExperimentId || truth.Units != options.Units || truth.Seed != options.Seed)
        {
            throw new RunnerException(
                ExitCode.Failed,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The folder '{options.OutputFolder}' holds a simulation of {truth.ExperimentId} with "
                    + $"{truth.Units} units and seed {truth.Seed}; name another one with --out, and another database "
                    + $"with --connection."));
        }

        _services.Console.Log($"{options.OutputFolder} holds this simulation already");
        return truth;
    }

    /// <summary>A database that holds anything but this simulation is not the demo's to add to.</summary>
    private static async Task RefuseOtherLoadsAsync(
        DbConnection connection,
        ConnectionTarget target,
        SimulationOptions options,
        SimulationTruth truth,
        CancellationToken cancellationToken)
    {
        HashSet<string> own = new(StringComparer.Ordinal);
        foreach (SimulatedFile file in truth.Files)
        {
            FileStream stream = File.OpenRead(Path.Combine(options.OutputFolder, file.Name));
            await using (stream.ConfigureAwait(false))
            {
                own.Add(Convert.ToHexStringLower(
                    await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false)));
            }
        }

        using DbCommand command = Db.Command(
            connection,
            """
            SELECT l.file_name, l.file_sha256
            FROM ops.load_log AS l
            WHERE l.status = 'finished'
            ORDER BY l.load_id;
            """);
        List<(string Name, string Hash)> loads = await Db.QueryAsync(
            command, reader => (reader.GetString(0), reader.GetString(1)), cancellationToken).ConfigureAwait(false);
        if (loads.Find(load => !own.Contains(load.Hash)) is { Name: { } name })
        {
            throw new RunnerException(
                ExitCode.Failed,
                $"The database {target.DisplayName} holds other loads ('{name}'), which the demo does not mix with; "
                + "run it in an empty directory, or name another database with --connection.");
        }
    }

    private void WriteTruth(
        SimulationTruth truth, AnalysisReport report, IReadOnlyList<TruthLine> traps, string folder)
    {
        Page page = new(_services.Console.Output, _services.Console.OutputIsTerminal, _services.Console.Width);
        page.Line();
        page.Line("[bold underline]The truth, which only a simulation knows[/]");
        Table effects = Tables.Plain();
        Tables.AddColumn(effects, "metric", false);
        Tables.AddColumn(effects, "variation", false);
        Tables.AddColumn(effects, "true lift", true);
        Tables.AddColumn(effects, "estimate", true);
        Tables.AddColumn(effects, "interval", true);
        Tables.AddColumn(effects, "holds the truth", false);
        foreach (TrueEffect effect in truth.Effects)
        {
            ResultRow? row = report.Outcome.Results.FirstOrDefault(result =>
                result.MetricId == effect.MetricId && result.VariationId == effect.VariationId);
            bool? covered = row is { CiRelativeLower: { } lower, CiRelativeUpper: { } upper }
                ? lower <= effect.RelativeLift && effect.RelativeLift <= upper
                : null;
            effects.AddRow(
                new Text(effect.MetricId),
                new Text(effect.VariationId),
                new Text(Numbers.Lift(effect.RelativeLift)),
                new Text(Numbers.Lift(row?.UpliftRelative)),
                new Text(covered is null
                    ? string.Empty
                    : $"{Numbers.Lift(row!.CiRelativeLower)} to {Numbers.Lift(row.CiRelativeUpper)}"),
                new Text(covered switch { true => "yes", false => "no", null => "no answer" }));
        }

        page.Draw(effects);
        page.Line();
        page.Line($"[bold underline]Planted traps, from {Markup.Escape(Path.Combine(folder, Simulator.TruthFile))}[/]");
        Table table = Tables.Plain();
        Tables.AddColumn(table, "trap", false);
        Tables.AddColumn(table, "planted", true);
        Tables.AddColumn(table, "found", true);
        Tables.AddColumn(table, string.Empty, false);
        foreach (TruthLine line in traps)
        {
            table.AddRow(
                new Text(line.What),
                new Text(Numbers.Count(line.Planted)),
                new Text(Numbers.Count(line.Found)),
                line.Planted == line.Found
                    ? new Text("ok", new Style(Color.Green))
                    : new Text("WRONG", new Style(Color.Red)));
        }

        page.Draw(table);
    }

    private void WriteNext(string experimentId)
    {
        TextWriter output = _services.Console.Output;
        output.Write('\n');
        output.Write("Next:\n");
        output.Write($"  runner report --experiment {experimentId} --format json\n");
        output.Write($"  runner analyze --experiment {experimentId} --mode exposed\n");
        output.Write("  runner status\n");
        output.Write("  runner check\n");
        output.Write("  runner sql \"SELECT * FROM results.experiment_summary\"\n");
    }
}

using System.CommandLine;
using System.Globalization;
using Experiments.Runner.Output;
using Experiments.Sources;

namespace Experiments.Runner.Commands;

/// <summary>Writes a simulated experiment's files.</summary>
internal sealed class SimulateCommand : Command, IHasExamples
{
    /// <summary>The experiment of the demo.</summary>
    public const string DefaultExperiment = "exp_1";

    private const long DefaultUnits = 20_000;
    private const int DefaultSeed = 7;

    private readonly CommandServices _services;

    private readonly Option<string> _experiment = new("--experiment", "-e")
    {
        Description = $"The experiment's id; {DefaultExperiment} by default.",
        HelpName = "ID",
    };

    private readonly Option<long?> _units = CreateUnits();
    private readonly Option<int?> _seed = CreateSeed();

    private readonly Option<string?> _source = new("--source")
    {
        Description = $"A source's files in place of an experiment: {string.Join(", ", SourceSimulator.Sources)}.",
        HelpName = "SOURCE",
    };

    private readonly Option<long?> _rows = new("--rows")
    {
        Description = "With --source: lines of the file of events; 100000 by default.",
        HelpName = "N",
        CustomParser = result =>
            long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long rows)
            && rows > 0
                ? rows
                : GlobalOptions.Reject<long?>(
                    result, $"--rows is '{result.Tokens[0].Value}'; a whole number of 1 or more is needed"),
    };

    private readonly Option<string> _out = new("--out")
    {
        Description = "The folder of the files; made where it is missing, files of the same names are replaced.",
        HelpName = "DIR",
        Required = true,
    };

    public SimulateCommand(CommandServices services)
        : base("simulate", "Write an experiment with known effects and planted traps as files that load reads.")
    {
        _services = services;
        Add(_experiment);
        Add(_units);
        Add(_seed);
        Add(_source);
        Add(_rows);
        Add(_out);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "runner simulate --experiment exp_1 --units 20000 --seed 7 --out demo-data",
        "runner simulate --source scrobbles --rows 19150868 --out lastfm",
    ];

    public string Notes =>
        $"""
        Writes assignments, exposures and conversions, {Simulator.CatalogFile} with the definitions, and
        {Simulator.TruthFile} with every number that is known of them. The same seed gives the same files. With --source
        the files are a source's, with one planted defect in about 2,000 lines; 19150868 plays are Last.fm's 1K set.
        """;

    /// <summary>A --units option.</summary>
    public static Option<long?> CreateUnits() => new("--units")
    {
        Description = string.Create(
            CultureInfo.InvariantCulture, $"Units to assign, 1000 or more; {DefaultUnits} by default."),
        HelpName = "N",
        CustomParser = result =>
            long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long units)
            && units >= 1000
                ? units
                : GlobalOptions.Reject<long?>(
                    result, $"--units is '{result.Tokens[0].Value}'; a whole number of 1000 or more is needed"),
    };

    /// <summary>A --seed option.</summary>
    public static Option<int?> CreateSeed() => new("--seed")
    {
        Description = string.Create(
            CultureInfo.InvariantCulture, $"The seed of the random numbers; {DefaultSeed} by default."),
        HelpName = "N",
        CustomParser = result =>
            int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int seed)
                ? seed
                : GlobalOptions.Reject<int?>(
                    result, $"--seed is '{result.Tokens[0].Value}'; a whole number of 0 or more is needed"),
    };

    /// <summary>What to simulate, with the defaults of both commands that do.</summary>
    public static SimulationOptions OptionsOf(string? experiment, long? units, int? seed, string folder) =>
        new(experiment ?? DefaultExperiment, units ?? DefaultUnits, seed ?? DefaultSeed, folder);

    /// <summary>Writes the files.</summary>
    public static Task<SimulationTruth> WriteAsync(
        RunnerConsole console, SimulationOptions options, CancellationToken cancellationToken) =>
        new WorkProgress(console).RunAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Simulate {options.ExperimentId}, {options.Units:N0} units, seed {options.Seed}"),
            steps => Simulator.WriteAsync(options, new Share(steps), cancellationToken),
            _ => options.OutputFolder);

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        if (parse.GetValue(_source) is { } source)
        {
            if (!SourceSimulator.Sources.Contains(source))
            {
                throw new RunnerException(
                    ExitCode.Usage,
                    $"The source '{source}' cannot be simulated; {string.Join(", ", SourceSimulator.Sources)} can.");
            }

            SourceSimulationOptions wanted = new(
                source, parse.GetValue(_rows) ?? 100_000, parse.GetValue(_seed) ?? DefaultSeed, parse.GetRequiredValue(_out));
            SourceTruth known = await new WorkProgress(_services.Console).RunAsync(
                string.Create(CultureInfo.InvariantCulture, $"Simulate {source}, {wanted.Rows:N0} lines"),
                steps => SourceSimulator.WriteAsync(wanted, new Share(steps), cancellationToken),
                _ => wanted.OutputFolder).ConfigureAwait(false);
            await WriteFilesAsync(wanted.OutputFolder, known.Files, cancellationToken).ConfigureAwait(false);

            // What events refer to comes before them.
            foreach (SimulatedFile file in known.Files.OrderBy(file => file.Source == source))
            {
                _services.Console.Log($"Next: runner load {file.Source} {Path.Combine(wanted.OutputFolder, file.Name)}");
            }

            return (int)ExitCode.Done;
        }

        SimulationOptions options = OptionsOf(
            parse.GetValue(_experiment),
            parse.GetValue(_units),
            parse.GetValue(_seed),
            parse.GetRequiredValue(_out));
        SimulationTruth truth = await WriteAsync(_services.Console, options, cancellationToken).ConfigureAwait(false);
        await WriteFilesAsync(options.OutputFolder, truth.Files, cancellationToken).ConfigureAwait(false);
        return (int)ExitCode.Done;
    }

    private Task WriteFilesAsync(
        string folder, IReadOnlyList<SimulatedFile> files, CancellationToken cancellationToken) =>
        new TableWriter(_services.Console).WriteAsync(
            RowSet.Of(
                [new("file", typeof(string)), new("source", typeof(string)), new("lines", typeof(long))],
                files.Select(file => new object?[] { Path.Combine(folder, file.Name), file.Source, file.Lines })),
            cancellationToken);

    private sealed class Share(IProgress<ProgressStep> steps) : IProgress<double>
    {
        public void Report(double value) => steps.Report(new ProgressStep(value, null));
    }
}

using System.Globalization;
using System.Text.Json;

namespace Experiments.Sources;

/// <summary>
/// Makes an experiment's files: assignments and events in the formats that loads read, the catalog's definitions, and
/// truth.json with every number that is known of them. Three variations, true effects, and planted traps, each in units
/// of its own so that every count is exact.
/// </summary>
public static class Simulator
{
    /// <summary>The file of definitions, for <c>catalog apply</c>.</summary>
    public const string CatalogFile = "catalog.yaml";

    /// <summary>The file of known numbers.</summary>
    public const string TruthFile = "truth.json";

    private static readonly System.Buffers.SearchValues<char> Reserved = System.Buffers.SearchValues.Create(",\"\n\\:'");

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>Writes the files of an experiment.</summary>
    /// <param name="options">What to simulate.</param>
    /// <param name="progress">The share of units done, from 0 to 1.</param>
    /// <param name="cancellationToken">Stops between units; the files are then incomplete.</param>
    /// <exception cref="LoadException">Too few units, or an id that does not fit.</exception>
    public static async Task<SimulationTruth> WriteAsync(
        SimulationOptions options, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        if (options.Units < 1000)
        {
            throw new LoadException($"A simulation of {options.Units.ToString(CultureInfo.InvariantCulture)} units has no room for its traps; 1000 is the least.");
        }

        if (options.ExperimentId.Length is 0 or > 100 || options.ExperimentId.AsSpan().ContainsAny(Reserved))
        {
            throw new LoadException($"The experiment id '{options.ExperimentId}' has to be 1 to 100 characters without quotes, commas, colons and line ends.");
        }

        Directory.CreateDirectory(options.OutputFolder);
        var truth = await Task.Run(
            () => new SimulatedExperiment(options).Write(progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        await File.WriteAllTextAsync(
            Path.Combine(options.OutputFolder, CatalogFile), SimulatedExperiment.Catalog(options), cancellationToken).ConfigureAwait(false);
        await using var stream = File.Create(Path.Combine(options.OutputFolder, TruthFile));
        await JsonSerializer.SerializeAsync(stream, truth, Json, cancellationToken).ConfigureAwait(false);
        return truth;
    }

    /// <summary>Reads truth.json of a folder.</summary>
    public static async Task<SimulationTruth> ReadTruthAsync(string folder, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(Path.Combine(folder, TruthFile));
        return await JsonSerializer.DeserializeAsync<SimulationTruth>(stream, Json, cancellationToken).ConfigureAwait(false)
            ?? throw new LoadException($"{TruthFile} of '{folder}' is empty.");
    }
}

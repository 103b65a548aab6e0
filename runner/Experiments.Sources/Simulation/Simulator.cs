using System.Globalization;
using System.Text;
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

    private const int LongestId = 128;

    private static readonly System.Buffers.SearchValues<char> Reserved = System.Buffers.SearchValues.Create(",\"\\:'");

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

        if (!IsId(options.ExperimentId))
        {
            throw new LoadException(
                $"The experiment id '{options.ExperimentId.ReplaceLineEndings(" ")}' has to be 1 to {LongestId} bytes of UTF-8 "
                + "without quotes, commas, colons, backslashes, control characters and blanks around it.");
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

    /// <summary>An id that stands in CSV and YAML as it is, and that staging neither trims nor finds too long.</summary>
    private static bool IsId(string id) =>
        id.Length > 0 && Encoding.UTF8.GetByteCount(id) <= LongestId && id.Trim().Length == id.Length
        && !id.AsSpan().ContainsAny(Reserved) && !id.Any(char.IsControl);

    /// <summary>Reads truth.json of a folder.</summary>
    public static async Task<SimulationTruth> ReadTruthAsync(string folder, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(Path.Combine(folder, TruthFile));
        return await JsonSerializer.DeserializeAsync<SimulationTruth>(stream, Json, cancellationToken).ConfigureAwait(false)
            ?? throw new LoadException($"{TruthFile} of '{folder}' is empty.");
    }
}

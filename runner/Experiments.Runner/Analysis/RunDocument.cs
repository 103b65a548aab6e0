using System.Text.Json;
using System.Text.Json.Serialization;
using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>
/// What a run used beside its sums: the definitions as they were, and the facts about its data. Kept with the run as
/// JSON, so that it can be computed again when catalog and data have moved on. Numbers survive to the last bit.
/// </summary>
internal sealed record RunDocument
{
    private const int PieceSize = 4000;

    private static readonly JsonSerializerOptions s_options = new()
    {
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The definitions.</summary>
    public required ExperimentDefinition Definition { get; init; }

    /// <summary>The intervals of proportions that the command asked for.</summary>
    public ProportionInterval? Interval { get; init; }

    /// <summary>Whether every source row was accounted for.</summary>
    public bool? IsReconciled { get; init; }

    /// <summary>Source rows that were not.</summary>
    public long? ReconciliationDifference { get; init; }

    /// <summary>The weights by epoch; empty where they never changed.</summary>
    public IReadOnlyList<EpochWeight> EpochWeights { get; init; } = [];

    /// <summary>What other experiments had found in the same metrics.</summary>
    public IReadOnlyList<PastEffect> History { get; init; } = [];

    /// <summary>The arms of other experiments that shared units with this one.</summary>
    public IReadOnlyList<OverlapCell> Overlaps { get; init; } = [];

    /// <summary>The last look of the plan that the run saw; 0 without one.</summary>
    public int LookNumber { get; init; }

    /// <summary>
    /// Whether quantiles, ranks and risk sets were kept by dimension too; runs of earlier versions have not.
    /// </summary>
    public bool KeepsDimensions { get; init; }

    /// <summary>As text in pieces that fit a column; none ends in a blank, which a database may not keep.</summary>
    public IReadOnlyList<string> ToPieces()
    {
        string text = JsonSerializer.Serialize(this, s_options);
        List<string> pieces = [];
        for (int at = 0; at < text.Length;)
        {
            int length = Math.Min(PieceSize, text.Length - at);
            while (length > 1 && at + length < text.Length && text[at + length - 1] == ' ')
            {
                length--;
            }

            pieces.Add(text.Substring(at, length));
            at += length;
        }

        return pieces;
    }

    /// <summary>Reads the pieces in their order.</summary>
    public static RunDocument FromPieces(IEnumerable<string> pieces) =>
        JsonSerializer.Deserialize<RunDocument>(string.Concat(pieces), s_options)
        ?? throw new InvalidOperationException("A run's document is empty.");
}

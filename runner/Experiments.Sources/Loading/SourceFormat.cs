using System.Collections.Frozen;

namespace Experiments.Sources;

/// <summary>What a source takes: its table and columns.</summary>
/// <param name="Name">The name on the command line, such as events.</param>
/// <param name="Table">The table of raw.</param>
/// <param name="Columns">The columns a file can fill, in their order.</param>
/// <param name="Required">The columns that a file or --set must give.</param>
public sealed record SourceFormat(
    string Name, string Table, IReadOnlyList<string> Columns, IReadOnlyList<string> Required)
{
    /// <summary>The column that is load identity and line where a file has none; null for none.</summary>
    public string? GeneratedColumn { get; init; }

    /// <summary>All sources, by name.</summary>
    public static readonly FrozenDictionary<string, SourceFormat> All = new[]
    {
        new SourceFormat(
            "assignments", "assignments", ["experiment_id", "unit_id", "variation_id", "assigned_at"],
            ["experiment_id", "unit_id", "variation_id", "assigned_at"]),
        new SourceFormat(
            "events", "events",
            ["event_id", "unit_id", "event_name", "event_at", "event_value", "experiment_id", "variation_id", "attributes"],
            ["unit_id", "event_name", "event_at"])
        {
            GeneratedColumn = "event_id",
        },
        new SourceFormat(
            "unit_attributes", "unit_attributes", ["unit_id", "attribute", "attribute_value", "valid_from"],
            ["unit_id", "attribute", "attribute_value"]),
    }.ToFrozenDictionary(static s => s.Name, StringComparer.Ordinal);

    /// <summary>Finds a source; an unknown name is refused with the list of those there are.</summary>
    public static SourceFormat Find(string name) => All.TryGetValue(name, out var format)
        ? format
        : throw new LoadException(
            $"The source '{name}' is unknown; allowed are {string.Join(", ", All.Keys.Order(StringComparer.Ordinal))}.");
}

/// <summary>A load that cannot be done; the message is one sentence that names the file and the reason.</summary>
public sealed class LoadException : Exception
{
    /// <summary>Creates the error.</summary>
    public LoadException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

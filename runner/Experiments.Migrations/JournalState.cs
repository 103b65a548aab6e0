using System.Collections.Frozen;

namespace Experiments.Migrations;

/// <summary>A row of ops.script_log.</summary>
internal sealed record LoggedScript(string Name, string Checksum, ScriptKind Kind);

/// <summary>What the journal tables of a database say.</summary>
/// <param name="IsComplete">Whether all three tables are there.</param>
/// <param name="Journaled">The script names in dbo.SchemaVersions, oldest first.</param>
/// <param name="Logged">The rows of ops.script_log by name.</param>
internal sealed record JournalState(
    bool IsComplete,
    IReadOnlyList<string> Journaled,
    IReadOnlyDictionary<string, LoggedScript> Logged)
{
    internal static readonly JournalState Empty = new(false, [], FrozenDictionary<string, LoggedScript>.Empty);

    /// <summary>Whether nothing was deployed between two looks.</summary>
    internal bool Says(JournalState other) =>
        IsComplete == other.IsComplete
        && Journaled.SequenceEqual(other.Journaled, StringComparer.Ordinal)
        && Logged.Count == other.Logged.Count
        && Logged.All(row => other.Logged.TryGetValue(row.Key, out var same) && same == row.Value);
}

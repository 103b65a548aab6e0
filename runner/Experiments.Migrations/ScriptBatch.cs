namespace Experiments.Migrations;

/// <summary>What one GO sends.</summary>
/// <param name="Text">The T-SQL, comments before it included.</param>
/// <param name="StartLine">The line of the script at which <paramref name="Text"/> starts, counted from 1.</param>
public sealed record ScriptBatch(string Text, int StartLine);

namespace Experiments.Runner.Output;

/// <summary>How rows come out.</summary>
internal enum OutputFormat
{
    /// <summary>For people; where a row is wider than the line, one column a line.</summary>
    Table,

    /// <summary>An array of objects.</summary>
    Json,

    /// <summary>RFC 4180.</summary>
    Csv,
}

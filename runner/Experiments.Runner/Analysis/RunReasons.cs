namespace Experiments.Runner.Analysis;

/// <summary>Reason codes of the platform, beside those of the statistics.</summary>
internal static class RunReasons
{
    /// <summary>The row is of the control.</summary>
    public const string Control = "control";

    /// <summary>What was asked for cannot be computed from the sums that were kept; it needs the rows.</summary>
    public const string NeedsRows = "needs_rows";

    /// <summary>Units with a value contradict the weights, so that the metric is not compared.</summary>
    public const string ValuedMismatch = "sample_ratio_mismatch_valued";
}

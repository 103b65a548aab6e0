namespace Experiments.Statistics;

/// <summary>What is published after a look: it never gets wider, and its p-value never gets larger.</summary>
/// <param name="Lower">The largest lower end so far; null before one.</param>
/// <param name="Upper">The smallest upper end so far; null before one.</param>
/// <param name="PValue">The smallest p-value so far; null before the first look with an answer.</param>
/// <param name="ReasonCode">
/// The look's own reason, or <c>sequence_inconsistent</c> from the look on at which the intersection is empty, or null.
/// </param>
public readonly record struct RunningLook(double? Lower, double? Upper, double? PValue, string? ReasonCode);

/// <summary>
/// The running intersection of the intervals of the looks and the running minimum of their p-values: both keep their
/// guarantee over all looks together, and they agree: the published interval excludes 0 once the published p-value is
/// below alpha. An empty intersection says that the effect moved (or that a rare event happened), not that it is large.
/// </summary>
public static class SequentialRun
{
    /// <summary>The published looks.</summary>
    /// <param name="looks">The looks in their order; one without an answer leaves everything as it was.</param>
    /// <returns>One entry a look.</returns>
    public static IReadOnlyList<RunningLook> Combine(IEnumerable<SequentialLook> looks)
    {
        ArgumentNullException.ThrowIfNull(looks);
        List<RunningLook> result = [];
        double? lower = null;
        double? upper = null;
        double? pValue = null;
        foreach (SequentialLook look in looks)
        {
            lower = look.Lower is { } l && !(lower >= l) ? l : lower;
            upper = look.Upper is { } u && !(upper <= u) ? u : upper;
            pValue = look.PValue is { } p && !(pValue <= p) ? p : pValue;
            result.Add(lower > upper
                ? new RunningLook(null, null, pValue, Reasons.SequenceInconsistent)
                : new RunningLook(lower, upper, pValue, look.ReasonCode));
        }

        return result;
    }
}

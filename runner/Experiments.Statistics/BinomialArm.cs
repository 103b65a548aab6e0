namespace Experiments.Statistics;

/// <summary>One arm of a metric whose units either succeed or do not.</summary>
/// <param name="N">Units, n.</param>
/// <param name="X">Units that succeeded, 0 ≤ x ≤ n.</param>
public readonly record struct BinomialArm(long N, long X)
{
    /// <summary>The rate p = x/n; 0 for an arm without units.</summary>
    public double Rate => N > 0 ? (double)X / N : 0;

    /// <summary>Units that did not succeed.</summary>
    public long Failures => N - X;

    /// <summary>
    /// The squared standard error of the rate, p(1 - p)/n, with n below and not n - 1; 0 for an arm without units.
    /// </summary>
    public double VarianceOfRate => N > 0 ? (double)X / N * ((double)Failures / N) / N : 0;

    internal void ThrowIfImpossible(string name)
    {
        if (N < 0 || X < 0 || X > N)
        {
            throw new ArgumentOutOfRangeException(
                name, FormattableString.Invariant($"An arm needs 0 <= successes <= units; it has {X} of {N}."));
        }
    }
}

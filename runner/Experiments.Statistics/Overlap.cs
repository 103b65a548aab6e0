namespace Experiments.Statistics;

/// <summary>A chi-square test; every number is null where there is no answer.</summary>
/// <param name="ChiSquare">The statistic.</param>
/// <param name="DegreesOfFreedom">(rows - 1)(columns - 1), without empty ones.</param>
/// <param name="PValue">P(χ² ≥ statistic).</param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public readonly record struct ChiSquareResult(
    double? ChiSquare, int? DegreesOfFreedom, double? PValue, string? ReasonCode);

/// <summary>Two experiments that run on the same units.</summary>
/// <remarks>Kohavi, Tang, Xu 2020, ch. 4. Both are randomised; independence is checked before the interaction.</remarks>
public static class Overlap
{
    /// <summary>
    /// Whether the assignments are independent: Σ (O - E)²/E over the table of arms of one by arms of the other.
    /// </summary>
    /// <param name="table">Units by arm of the first (rows) and of the second experiment (columns).</param>
    /// <returns>The test, no continuity correction; <c>one_arm</c> with fewer than two rows or columns in use.</returns>
    /// <exception cref="ArgumentException">Rows differ in length, or a count is negative.</exception>
    public static ChiSquareResult Independence(IReadOnlyList<IReadOnlyList<long>> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        int columns = table.Count == 0 ? 0 : table[0].Count;
        double[] rowSum = new double[table.Count];
        double[] columnSum = new double[columns];
        double total = 0;
        for (int i = 0; i < table.Count; i++)
        {
            if (table[i].Count != columns || table[i].Any(static count => count < 0))
            {
                throw new ArgumentException("A table has equal rows of counts.", nameof(table));
            }

            for (int j = 0; j < columns; j++)
            {
                rowSum[i] += table[i][j];
                columnSum[j] += table[i][j];
                total += table[i][j];
            }
        }

        int rowsUsed = rowSum.Count(static sum => sum > 0);
        int columnsUsed = columnSum.Count(static sum => sum > 0);
        if (rowsUsed < 2 || columnsUsed < 2)
        {
            return new ChiSquareResult(null, null, null, Reasons.OneArm);
        }

        double chi = 0;
        for (int i = 0; i < table.Count; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double expected = rowSum[i] * (columnSum[j] / total);
                chi += expected > 0 ? (table[i][j] - expected) * ((table[i][j] - expected) / expected) : 0;
            }
        }

        int degrees = (rowsUsed - 1) * (columnsUsed - 1);
        return new ChiSquareResult(chi, degrees, Tails.ChiSquareSurvival(chi, degrees), null);
    }

    /// <summary>
    /// The interaction (m_11 - m_01) - (m_10 - m_00): how much the effect of the first experiment differs between the
    /// arms of the second. Null hypothesis: it is 0. SE = sqrt(ΣV), normal reference (OLS, saturated, HC2).
    /// </summary>
    /// <param name="neither">Cell 00: both in control.</param>
    /// <param name="first">Cell 10: the first experiment's treatment only.</param>
    /// <param name="second">Cell 01: the second's only.</param>
    /// <param name="both">Cell 11.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <returns>The interaction; it has no relative form.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is not inside (0, 1).</exception>
    public static EffectEstimate Interaction(
        MeanArm neither, MeanArm first, MeanArm second, MeanArm both, double alpha)
    {
        Tails.ThrowIfNotProbability(alpha);
        string? reason = WelchTTest.ReasonAgainst(neither, first) ?? WelchTTest.ReasonAgainst(second, both);
        double variance = neither.VarianceOfMean + first.VarianceOfMean + second.VarianceOfMean + both.VarianceOfMean;
        reason ??= variance > 0 ? null : Reasons.ZeroVariance;
        if (reason is not null)
        {
            return EffectEstimate.None(Methods.InteractionZ, alpha, reason);
        }

        double effect = both.Mean - second.Mean - (first.Mean - neither.Mean);
        double error = Math.Sqrt(variance);
        double half = Tails.NormalUpperQuantile(alpha / 2) * error;
        return new EffectEstimate
        {
            Method = Methods.InteractionZ,
            Alpha = alpha,
            UpliftAbsolute = effect,
            StandardError = error,
            Statistic = effect / error,
            PValue = Tails.NormalTwoSided(effect / error),
            CiLower = effect - half,
            CiUpper = effect + half,
            IntervalAgrees = true,
        }.OrOutOfRange();
    }
}

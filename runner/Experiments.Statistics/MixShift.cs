namespace Experiments.Statistics;

/// <summary>A pooled comparison of rates beside the stratified one.</summary>
/// <param name="ChiSquare">Mantel and Haenszel's statistic, with the continuity correction.</param>
/// <param name="PValue">P(χ²_1 ≥ statistic).</param>
/// <param name="OddsRatio">The common odds ratio treatment/control.</param>
/// <param name="Lower">Lower end of its interval (Robins, Breslow, Greenland 1986).</param>
/// <param name="Upper">Its upper end.</param>
/// <param name="PooledOddsRatio">The odds ratio of all strata added up.</param>
/// <param name="IsReversal">Whether the two lie on different sides of 1.</param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public sealed record MantelHaenszelResult(
    double? ChiSquare,
    double? PValue,
    double? OddsRatio,
    double? Lower,
    double? Upper,
    double? PooledOddsRatio,
    bool? IsReversal,
    string? ReasonCode);

/// <summary>
/// Simpson's paradox and shifts of the mix of segments: the pooled effect against the stratified one. Strata are fixed
/// before the exposure.
/// </summary>
/// <remarks>Mantel and Haenszel 1959; Kohavi, Tang, Xu 2020, ch. 3.</remarks>
public static class MixShift
{
    /// <summary>
    /// Mantel and Haenszel's test over strata of rates. Null hypothesis: the odds ratio is 1 in every stratum.
    /// χ² = (|Σ(a - E)| - 1/2)²/ΣV, a the treatment's successes, hypergeometric E and V; OR = ΣR/ΣS, R = a d/N, S = b c/N.
    /// </summary>
    /// <param name="strata">One pair of arms a stratum.</param>
    /// <param name="alpha">Two-sided alpha of the interval, inside (0, 1).</param>
    /// <returns>The test; <c>no_data</c> where no stratum has both arms, successes and failures.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static MantelHaenszelResult MantelHaenszel(
        IReadOnlyList<(BinomialArm Control, BinomialArm Treatment)> strata, double alpha)
    {
        ArgumentNullException.ThrowIfNull(strata);
        Tails.ThrowIfNotProbability(alpha);
        double distance = 0;
        double variance = 0;
        double r = 0;
        double s = 0;
        double pr = 0;
        double psqr = 0;
        double qs = 0;
        BinomialArm control = default;
        BinomialArm treatment = default;
        foreach ((BinomialArm c, BinomialArm t) in strata)
        {
            c.ThrowIfImpossible(nameof(strata));
            t.ThrowIfImpossible(nameof(strata));
            control = new BinomialArm(control.N + c.N, control.X + c.X);
            treatment = new BinomialArm(treatment.N + t.N, treatment.X + t.X);
            double n = (double)c.N + t.N;
            if (c.N == 0 || t.N == 0 || n < 2)
            {
                continue;
            }

            double successes = (double)c.X + t.X;
            distance += t.X - (successes * (t.N / n));
            variance += successes / n * ((n - successes) / (n - 1)) * t.N * (c.N / n);
            double a = t.X * (c.Failures / n);
            double b = t.Failures * (c.X / n);
            double p = ((double)t.X + c.Failures) / n;
            r += a;
            s += b;
            pr += p * a;
            psqr += (p * b) + ((1 - p) * a);
            qs += (1 - p) * b;
        }

        if (!(variance > 0))
        {
            return new MantelHaenszelResult(null, null, null, null, null, null, null, Reasons.NoData);
        }

        double corrected = Math.Max(0, Math.Abs(distance) - .5);
        double chi = corrected * corrected / variance;
        double? pooled = treatment.X > 0 && control.Failures > 0 && treatment.Failures > 0 && control.X > 0
            ? (double)treatment.X / treatment.Failures * ((double)control.Failures / control.X)
            : null;
        if (!(r > 0 && s > 0))
        {
            return new MantelHaenszelResult(
                chi, Tails.ChiSquareSurvival(chi, 1), null, null, null, pooled, null, Reasons.ControlZero);
        }

        double ratio = r / s;
        double error = Math.Sqrt((pr / (2 * r * r)) + (psqr / (2 * r * s)) + (qs / (2 * s * s)));
        double half = Tails.NormalUpperQuantile(alpha / 2) * error;
        return new MantelHaenszelResult(
            chi,
            Tails.ChiSquareSurvival(chi, 1),
            ratio,
            ratio * Math.Exp(-half),
            ratio * Math.Exp(half),
            pooled,
            pooled is { } odds ? (odds - 1) * (ratio - 1) < 0 : null,
            null);
    }

    /// <summary>Compares a pooled effect with the stratified one of the same data.</summary>
    /// <param name="pooled">The effect over all units.</param>
    /// <param name="stratified">The post-stratified effect (<see cref="PostStratification"/>).</param>
    /// <returns>
    /// Null where they agree; <c>sign_reversed</c> where both are significant at their alpha or either is, with different
    /// signs; <c>significance_changed</c> where one is significant and the other is not; <c>not_evaluable</c> where one
    /// has no answer.
    /// </returns>
    public static string? Compare(EffectEstimate pooled, EffectEstimate stratified)
    {
        ArgumentNullException.ThrowIfNull(pooled);
        ArgumentNullException.ThrowIfNull(stratified);
        if (!pooled.HasAnswer || !stratified.HasAnswer)
        {
            return Reasons.NotEvaluable;
        }

        bool isPooled = pooled.PValue < pooled.Alpha;
        bool isStratified = stratified.PValue < stratified.Alpha;
        return (isPooled || isStratified) && pooled.UpliftAbsolute * stratified.UpliftAbsolute < 0
            ? Reasons.SignReversed
            : isPooled != isStratified ? Reasons.SignificanceChanged : null;
    }
}

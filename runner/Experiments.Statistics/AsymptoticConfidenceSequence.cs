namespace Experiments.Statistics;

/// <summary>One look of an always-valid analysis.</summary>
/// <param name="Effect">The effect.</param>
/// <param name="StandardError">Its standard error at the look.</param>
/// <param name="Rho">ρ, fixed by the plan.</param>
/// <param name="HalfWidth">Half the width of the interval.</param>
/// <param name="Lower">Lower end; null for an alternative without one.</param>
/// <param name="Upper">Upper end; null for an alternative without one.</param>
/// <param name="LogEValue">The logarithm of the e-value against "no effect".</param>
/// <param name="PValue">
/// min(1, 1/E) of this look; the one to publish is the running minimum (<see cref="SequentialRun"/>).
/// </param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public sealed record SequentialLook(
    double? Effect,
    double? StandardError,
    double? Rho,
    double? HalfWidth,
    double? Lower,
    double? Upper,
    double? LogEValue,
    double? PValue,
    string? ReasonCode)
{
    /// <summary>
    /// The critical value half width/SE: Fieller's set at it is the always-valid interval of the lift
    /// (<see cref="RelativeLift.Fieller(double, double, double, double, double, double)"/>).
    /// </summary>
    public double? Critical => HalfWidth / StandardError;

    /// <summary>A look without an answer.</summary>
    /// <param name="reason">Why, one of <see cref="Reasons"/>.</param>
    /// <returns>The look.</returns>
    public static SequentialLook None(string reason) => new(null, null, null, null, null, null, null, null, reason);
}

/// <summary>
/// Asymptotic confidence sequences: intervals that hold at all looks together, however often and whenever one looks.
/// Null hypothesis: the effect is 0. With n units of both arms and N* planned,
/// ρ = sqrt((-2 ln α + ln(1 - 2 ln α))/N*), half width SE sqrt(n) sqrt(2(nρ²+1)/(nρ)² ln(sqrt(nρ²+1)/α)),
/// E = exp(ρ²S/(2(nρ²+1)))/sqrt(nρ²+1), S = n d²/SE², p = min(1, 1/E).
/// </summary>
/// <remarks>
/// <para>
/// Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, Annals of Statistics 2024 (arXiv 2103.06476v7): equations 9, 155 and
/// 161; one-sided 134, with ρ from 2α, half width with ln(1 + sqrt(nρ²+1)/(2α)), and p by inverting that at the plan's
/// ρ, so that interval and p-value agree. Two-sided it is the normal mixture test of <see cref="NormalMixture"/> with
/// τ² = ρ² n V.
/// </para>
/// <para>
/// N* is fixed before the start; the interval is narrowest near n = N* and valid for any N*. Looks before 50 events and
/// 50 non-events (means: 100 units, tails capped) in each arm have no answer (<c>too_early</c>): the guarantee is
/// asymptotic. With CUPED or ratios take that look's θ and SE.
/// </para>
/// </remarks>
public static class AsymptoticConfidenceSequence
{
    /// <summary>Events, and non-events, that each arm of rates needs before the first look.</summary>
    public const long SmallestCount = 50;

    /// <summary>Units that each arm of means needs before the first look.</summary>
    public const long SmallestUnits = 100;

    /// <summary>ρ, which makes the sequence narrowest at the planned units.</summary>
    /// <param name="alpha">Alpha, inside (0, 1): two-sided, or twice a one-sided one.</param>
    /// <param name="plannedUnits">N*, the planned units of both arms, positive.</param>
    /// <returns>ρ.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double Rho(double alpha, double plannedUnits)
    {
        Tails.ThrowIfNotProbability(alpha);
        if (!(plannedUnits > 0 && double.IsFinite(plannedUnits)))
        {
            throw new ArgumentOutOfRangeException(nameof(plannedUnits), plannedUnits, "A plan has units.");
        }

        double log = -2 * Math.Log(alpha);
        return Math.Sqrt((log + Math.Log(1 + log)) / plannedUnits);
    }

    /// <summary>The half width over the standard error.</summary>
    /// <param name="units">n, the units of both arms now, positive.</param>
    /// <param name="plannedUnits">N*, positive.</param>
    /// <param name="alpha">Alpha, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative.</param>
    /// <returns>The critical value that stands for z or t.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double Critical(
        double units, double plannedUnits, double alpha, Alternative alternative = Alternative.TwoSided)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(units);
        bool isTwoSided = alternative == Alternative.TwoSided;
        double both = isTwoSided ? alpha : 2 * alpha;
        double rho = Rho(both, plannedUnits);
        double mixing = units * rho * rho;
        double root = Math.Sqrt(mixing + 1);
        double log = isTwoSided ? Math.Log(root / alpha) : Math.Log(1 + (root / both));
        return Math.Sqrt(2 * ((mixing + 1) / mixing) * log);
    }

    /// <summary>The width over that of the fixed-horizon interval at the same units: the price of looking.</summary>
    /// <param name="units">n, positive.</param>
    /// <param name="plannedUnits">N*, positive.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <returns>The ratio, 1.55 at n = N* = 5000 and alpha .05.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double WidthRatio(double units, double plannedUnits, double alpha) =>
        Critical(units, plannedUnits, alpha) / Tails.NormalUpperQuantile(alpha / 2);

    /// <summary>Whether the arms are too small for a look.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <returns>True before both arms have 50 events and 50 non-events.</returns>
    public static bool IsTooEarly(BinomialArm control, BinomialArm treatment) =>
        Math.Min(Math.Min(control.X, control.Failures), Math.Min(treatment.X, treatment.Failures)) < SmallestCount;

    /// <summary>Whether the arms are too small for a look.</summary>
    /// <param name="control">The control arm, its tails capped.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <returns>True before both arms have 100 units.</returns>
    public static bool IsTooEarly(MeanArm control, MeanArm treatment) =>
        Math.Min(control.N, treatment.N) < SmallestUnits;

    /// <summary>One look.</summary>
    /// <param name="effect">d.</param>
    /// <param name="standardError">Its standard error at the look.</param>
    /// <param name="units">n, the units of both arms now.</param>
    /// <param name="plannedUnits">N*, positive.</param>
    /// <param name="alpha">Alpha, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative.</param>
    /// <param name="isTooEarly">Whether the guard on the first look holds it back.</param>
    /// <returns>
    /// The look, or <c>too_early</c>, <c>no_data</c>, <c>zero_variance</c>, <c>invalid_input</c>.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The plan or alpha is out of its range.</exception>
    public static SequentialLook Compute(
        double effect,
        double standardError,
        long units,
        double plannedUnits,
        double alpha,
        Alternative alternative = Alternative.TwoSided,
        bool isTooEarly = false)
    {
        bool isTwoSided = alternative == Alternative.TwoSided;
        double both = isTwoSided ? alpha : 2 * alpha;
        double rho = Rho(both, plannedUnits);
        if (units < 1)
        {
            return SequentialLook.None(Reasons.NoData);
        }

        if (isTooEarly)
        {
            return SequentialLook.None(Reasons.TooEarly);
        }

        if (!double.IsFinite(effect) || !double.IsFinite(standardError) || standardError < 0)
        {
            return SequentialLook.None(Reasons.InvalidInput);
        }

        double z = effect / standardError;
        if (standardError == 0 || !double.IsFinite(z))
        {
            return SequentialLook.None(standardError == 0 ? Reasons.ZeroVariance : Reasons.OutOfRange);
        }

        double half = standardError * Critical(units, plannedUnits, alpha, alternative);
        double mixing = units * rho * rho;

        // ρ² S/(2(nρ²+1)), S = n z².
        double exponent = .5 * z * z * (mixing / (mixing + 1));
        double logRoot = .5 * Math.Log(mixing + 1);
        double logE;
        if (isTwoSided)
        {
            logE = exponent - logRoot;
        }
        else
        {
            // 2 (exp(exponent) - 1)/sqrt(nρ²+1): the level at which the bound is 0.
            double oriented = alternative == Alternative.Greater ? z : -z;
            logE = oriented > 0
                ? Math.Log(2) - logRoot + (exponent < 700 ? Math.Log(Expm1(exponent)) : exponent)
                : double.NegativeInfinity;
        }

        return new SequentialLook(
            effect,
            standardError,
            rho,
            half,
            Estimates.Lower(effect - half, alternative),
            Estimates.Upper(effect + half, alternative),
            double.IsFinite(logE) ? logE : null,
            Math.Min(1, Math.Exp(-logE)),
            null);
    }

    private static double Expm1(double x) => x < 1e-5 ? x * (1 + (x / 2 * (1 + (x / 3)))) : Math.Exp(x) - 1;
}

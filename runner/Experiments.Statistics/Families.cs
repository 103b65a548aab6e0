namespace Experiments.Statistics;

/// <summary>How the p-values of a family are corrected.</summary>
public enum Correction
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Bonferroni.</summary>
    Bonferroni,

    /// <summary>Holm 1979.</summary>
    Holm,

    /// <summary>Hochberg 1988.</summary>
    Hochberg,

    /// <summary>Hommel 1988.</summary>
    Hommel,

    /// <summary>Benjamini and Hochberg 1995.</summary>
    BenjaminiHochberg,

    /// <summary>Benjamini and Yekutieli 2001.</summary>
    BenjaminiYekutieli,

    /// <summary>A share of alpha for the primary metric, Bonferroni for the rest.</summary>
    PreferentialAlpha,

    /// <summary>Dunnett 1955, several treatments against one control.</summary>
    Dunnett,
}

/// <summary>How the interval of a family's member is to be read.</summary>
public enum FamilyInterval
{
    /// <summary>There is none: the member has no p-value, or was not selected.</summary>
    None,

    /// <summary>Its own level, no statement about the others.</summary>
    Marginal,

    /// <summary>Simultaneous at alpha/m.</summary>
    Bonferroni,

    /// <summary>Simultaneous one-sided bounds that agree with Holm's rejections.</summary>
    HolmCompatible,

    /// <summary>False coverage rate: at R q/m, for the selected ones.</summary>
    FalseCoverageRate,

    /// <summary>Simultaneous by Dunnett's critical value.</summary>
    Dunnett,
}

/// <summary>One member of a family.</summary>
/// <param name="Estimate">The estimate, its p-value that of its alternative.</param>
/// <param name="IsPrimary">Whether it is the primary metric; read by the preferential alpha only.</param>
public readonly record struct FamilyMember(EffectEstimate Estimate, bool IsPrimary = false);

/// <summary>A member with its adjusted p-value and the interval that goes with it.</summary>
/// <param name="AdjustedPValue">The adjusted p-value; null for a member that left the family.</param>
/// <param name="IsRejected">Whether it is below alpha.</param>
/// <param name="IntervalAlpha">
/// The alpha at which the member's method has to be asked again for the interval to publish; null where
/// <paramref name="Lower"/> and <paramref name="Upper"/> are not of that form.
/// </param>
/// <param name="Lower">Lower end from estimate, error and reference distribution; null for none.</param>
/// <param name="Upper">Upper end likewise.</param>
/// <param name="Interval">What the interval is.</param>
/// <param name="IsSimultaneous">Whether the intervals of the family hold together.</param>
/// <param name="Agrees">Whether the interval excludes 0 exactly when the member is rejected.</param>
public readonly record struct FamilyResult(
    double? AdjustedPValue,
    bool? IsRejected,
    double? IntervalAlpha,
    double? Lower,
    double? Upper,
    FamilyInterval Interval,
    bool IsSimultaneous,
    bool? Agrees);

/// <summary>
/// Families of tests with the intervals that go with each correction. Bonferroni and Dunnett: simultaneous, agreeing.
/// Holm: compatible bounds where all members are one-sided (Guilbaud 2008; Strassburger and Bretz 2008), else
/// Bonferroni's intervals, labelled so. Benjamini-Hochberg and -Yekutieli: false coverage rate intervals at R q/m for
/// the selected (Benjamini and Yekutieli 2005). Hochberg, Hommel, preferential alpha: marginal ones.
/// </summary>
/// <remarks>
/// Holm's step-down levels do not make simultaneous intervals: 86 % joint coverage at a nominal 95 %. The ends here are
/// d ± q SE with the estimate's own reference; score intervals and the like are to be computed again at
/// <see cref="FamilyResult.IntervalAlpha"/>.
/// </remarks>
public static class Families
{
    /// <summary>Corrects a family.</summary>
    /// <param name="members">Its members; one without an answer leaves the family.</param>
    /// <param name="correction">The correction, other than Dunnett's.</param>
    /// <param name="alpha">The family's alpha (or false discovery rate), inside (0, 1).</param>
    /// <param name="primaryShare">γ, the primary's share for the preferential alpha, inside (0, 1).</param>
    /// <returns>One entry a member.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static IReadOnlyList<FamilyResult> Correct(
        IReadOnlyList<FamilyMember> members, Correction correction, double alpha, double primaryShare = .5)
    {
        ArgumentNullException.ThrowIfNull(members);
        Tails.ThrowIfNotProbability(alpha);
        double?[] p = [.. members.Select(static member => member.Estimate.PValue)];
        int size = p.Count(static value => value is not null);
        double?[] adjusted = correction switch
        {
            Correction.None => p,
            Correction.Bonferroni => MultipleComparisons.Bonferroni(p),
            Correction.Holm => MultipleComparisons.Holm(p),
            Correction.Hochberg => MultipleComparisons.Hochberg(p),
            Correction.Hommel => MultipleComparisons.Hommel(p),
            Correction.BenjaminiHochberg => MultipleComparisons.BenjaminiHochberg(p),
            Correction.BenjaminiYekutieli => MultipleComparisons.BenjaminiYekutieli(p),
            Correction.PreferentialAlpha => PreferentialP(members, alpha, primaryShare),
            _ => throw new ArgumentOutOfRangeException(nameof(correction), correction, "No such correction here."),
        };
        int rejected = adjusted.Count(value => value < alpha);
        bool isOneSided = members.All(static member => member.Estimate.Alternative != Alternative.TwoSided);
        FamilyResult[] results = new FamilyResult[members.Count];
        for (int i = 0; i < results.Length; i++)
        {
            bool? isRejected = adjusted[i] is { } value ? value < alpha : null;
            results[i] = isRejected is null
                ? new FamilyResult(null, null, null, null, null, FamilyInterval.None, false, null)
                : correction switch
                {
                    Correction.None => At(i, alpha, FamilyInterval.Marginal, false, true),
                    Correction.Bonferroni => At(i, alpha / size, FamilyInterval.Bonferroni, true, true),
                    Correction.Holm when isOneSided => HolmBound(i, isRejected.Value),
                    Correction.Holm => At(i, alpha / size, FamilyInterval.Bonferroni, true, false),
                    Correction.BenjaminiHochberg or Correction.BenjaminiYekutieli when !isRejected.Value =>
                        new FamilyResult(adjusted[i], false, null, null, null, FamilyInterval.None, false, null),
                    Correction.BenjaminiHochberg or Correction.BenjaminiYekutieli =>
                        At(i, rejected * alpha / size, FamilyInterval.FalseCoverageRate, false, true),
                    _ => At(i, alpha, FamilyInterval.Marginal, false, false),
                };
        }

        return results;

        FamilyResult At(int i, double level, FamilyInterval kind, bool isSimultaneous, bool agrees)
        {
            (double? lower, double? upper) = Ends(members[i].Estimate, level);
            return new FamilyResult(
                adjusted[i], adjusted[i] < alpha, level, lower, upper, kind, isSimultaneous, agrees);
        }

        // Rejected: beyond 0, and with all rejected also beyond Bonferroni's bound. Retained: at alpha over their number.
        FamilyResult HolmBound(int i, bool isRejected)
        {
            int retained = size - rejected;
            EffectEstimate estimate = members[i].Estimate;
            bool isLower = estimate.Alternative == Alternative.Greater;
            double level = alpha / (retained == 0 ? size : retained);
            (double? lower, double? upper) = isRejected && retained > 0 ? (0, 0) : Ends(estimate, level);
            double? bound = isLower ? lower : upper;
            if (isRejected && bound is { } end)
            {
                bound = isLower ? Math.Max(0, end) : Math.Min(0, end);
            }

            return new FamilyResult(
                adjusted[i],
                isRejected,
                isRejected ? null : level,
                isLower ? bound : null,
                isLower ? null : bound,
                FamilyInterval.HolmCompatible,
                true,
                true);
        }
    }

    /// <summary>Corrects the comparisons of several treatments with one control by Dunnett's procedure.</summary>
    /// <param name="estimates">One a treatment, all two-sided or all of the same side.</param>
    /// <param name="controlVariance">V_c, the squared standard error of the control's (adjusted) mean.</param>
    /// <param name="treatmentVariances">V_i of each treatment.</param>
    /// <param name="alpha">Alpha, inside (0, 1).</param>
    /// <returns>One entry a treatment.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, or the alternatives do.</exception>
    public static IReadOnlyList<FamilyResult> CorrectByDunnett(
        IReadOnlyList<EffectEstimate> estimates,
        double controlVariance,
        IReadOnlyList<double> treatmentVariances,
        double alpha)
    {
        ArgumentNullException.ThrowIfNull(estimates);
        ArgumentNullException.ThrowIfNull(treatmentVariances);
        if (estimates.Count != treatmentVariances.Count
            || estimates.Select(static estimate => estimate.Alternative).Distinct().Count() > 1)
        {
            throw new ArgumentException("One variance a treatment and one alternative are needed.", nameof(estimates));
        }

        if (estimates.All(static estimate => !estimate.HasAnswer))
        {
            return [.. estimates.Select(static _ =>
                new FamilyResult(null, null, null, null, null, FamilyInterval.None, false, null))];
        }

        Alternative alternative = estimates[0].Alternative;
        double?[] adjusted = Dunnett.Adjust(
            controlVariance,
            treatmentVariances,
            [.. estimates.Select(static estimate => estimate.UpliftAbsolute / estimate.StandardError)],
            alternative);
        double critical = Dunnett.Critical(
            controlVariance,
            [.. treatmentVariances.Where((_, i) => estimates[i].HasAnswer)],
            alpha,
            alternative);
        return [.. estimates.Select((estimate, i) => adjusted[i] is null
            ? new FamilyResult(null, null, null, null, null, FamilyInterval.None, false, null)
            : new FamilyResult(
                adjusted[i],
                adjusted[i] < alpha,
                null,
                Estimates.Lower(estimate.UpliftAbsolute - (critical * estimate.StandardError), alternative),
                Estimates.Upper(estimate.UpliftAbsolute + (critical * estimate.StandardError), alternative),
                FamilyInterval.Dunnett,
                true,
                true))];
    }

    /// <summary>
    /// The levels of a preferential alpha over k treatment arms and m metrics: primary γα/k, others (1-γ)α/(k(m-1)); one
    /// metric alone α/k.
    /// </summary>
    /// <param name="alpha">α, inside (0, 1).</param>
    /// <param name="primaryShare">γ, inside (0, 1).</param>
    /// <param name="treatments">k, at least 1.</param>
    /// <param name="metrics">m, at least 1, the primary included.</param>
    /// <returns>The level of the primary, and of each other metric (null without any).</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static (double Primary, double? Others) PreferentialLevels(
        double alpha, double primaryShare, int treatments, int metrics)
    {
        Tails.ThrowIfNotProbability(alpha);
        Tails.ThrowIfNotProbability(primaryShare);
        ArgumentOutOfRangeException.ThrowIfLessThan(treatments, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(metrics, 1);
        return metrics == 1
            ? (alpha / treatments, null)
            : (primaryShare * alpha / treatments, (1 - primaryShare) * alpha / treatments / (metrics - 1));
    }

    /// <summary>p α/level: below α exactly when p is below its level. Members are metrics x treatments.</summary>
    private static double?[] PreferentialP(IReadOnlyList<FamilyMember> members, double alpha, double share)
    {
        Tails.ThrowIfNotProbability(share, nameof(share));
        FamilyMember[] inside = [.. members.Where(static member => member.Estimate.PValue is not null)];
        int primaries = inside.Count(static member => member.IsPrimary);
        int others = inside.Length - primaries;
        double primaryLevel = primaries == 0 ? 0 : (others == 0 ? 1 : share) * alpha / primaries;
        double otherLevel = others == 0 ? 0 : (primaries == 0 ? 1 : 1 - share) * alpha / others;
        return [.. members.Select(member => member.Estimate.PValue is { } p
            ? Math.Min(1, p * alpha / (member.IsPrimary ? primaryLevel : otherLevel))
            : (double?)null)];
    }

    private static (double? Lower, double? Upper) Ends(EffectEstimate estimate, double level)
    {
        if (estimate.UpliftAbsolute is not { } effect || estimate.StandardError is not { } error)
        {
            return (null, null);
        }

        double half = error * Estimates.Critical(level, estimate.DegreesOfFreedom, estimate.Alternative);
        return (
            Estimates.Lower(effect - half, estimate.Alternative), Estimates.Upper(effect + half, estimate.Alternative));
    }
}

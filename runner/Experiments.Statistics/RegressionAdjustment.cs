namespace Experiments.Statistics;

/// <summary>Which slopes a regression adjustment takes.</summary>
public enum SlopeChoice
{
    /// <summary>Each arm its own (Lin 2013), the default: never asymptotically worse than no adjustment.</summary>
    ArmSpecific,

    /// <summary>The same in all arms, pooled within them (ANCOVA; with one covariate this is CUPED).</summary>
    Common,
}

/// <summary>
/// One arm of a fitted adjustment, with what the second pass over its units needs: the residual
/// e = y - ȳ - β'(x - x̄_a), the leverage h = 1/n + (x - x̄_a)'SS⁻¹(x - x̄_a), and the weight of the unit in the adjusted
/// mean, c = 1/n + (x̄ - x̄_a)'SS⁻¹(x - x̄_a).
/// </summary>
/// <param name="N">Units.</param>
/// <param name="Mean">ȳ.</param>
/// <param name="CovariateMeans">x̄_a.</param>
/// <param name="Slopes">β.</param>
/// <param name="Inverse">SS⁻¹ by rows, SS the arm's centred sums of products.</param>
/// <param name="Shift">x̄ - x̄_a, x̄ over all units.</param>
public sealed record RegressionFit(
    long N,
    double Mean,
    IReadOnlyList<double> CovariateMeans,
    IReadOnlyList<double> Slopes,
    IReadOnlyList<IReadOnlyList<double>> Inverse,
    IReadOnlyList<double> Shift)
{
    /// <summary>The residual of a unit.</summary>
    /// <param name="y">Its value.</param>
    /// <param name="x">Its covariates.</param>
    /// <returns>e.</returns>
    public double Residual(double y, IReadOnlyList<double> x) => y - Mean - SmallMatrix.Dot(Slopes, Centred(x));

    /// <summary>The leverage of a unit.</summary>
    /// <param name="x">Its covariates.</param>
    /// <returns>h, inside (0, 1].</returns>
    public double Leverage(IReadOnlyList<double> x) => (1.0 / N) + Form(Centred(x), x);

    /// <summary>The weight of a unit in the adjusted mean.</summary>
    /// <param name="x">Its covariates.</param>
    /// <returns>c; the weights of an arm sum to 1.</returns>
    public double Weight(IReadOnlyList<double> x) => (1.0 / N) + Form(Shift, x);

    /// <summary>What a unit adds to the HC2 variance of its arm, c²e²/(1 - h): the second SQL pass sums it.</summary>
    /// <param name="y">Its value.</param>
    /// <param name="x">Its covariates.</param>
    /// <returns>The term; infinite where the unit alone determines a slope.</returns>
    public double Hc2Term(double y, IReadOnlyList<double> x)
    {
        double product = Weight(x) * Residual(y, x);
        return product * product / (1 - Leverage(x));
    }

    private double Form(IReadOnlyList<double> left, IReadOnlyList<double> x)
    {
        double[] right = Centred(x);
        double sum = 0;
        for (int i = 0; i < right.Length; i++)
        {
            sum += left[i] * SmallMatrix.Dot(Inverse[i], right);
        }

        return sum;
    }

    private double[] Centred(IReadOnlyList<double> x)
    {
        double[] result = new double[CovariateMeans.Count];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = x[i] - CovariateMeans[i];
        }

        return result;
    }
}

/// <summary>A regression adjustment with the fits that its second pass needs.</summary>
/// <param name="Estimate">The adjusted effect beside the unadjusted one.</param>
/// <param name="Control">The control's fit; null without an answer.</param>
/// <param name="Treatment">The treatment's fit; null without an answer.</param>
public sealed record RegressionEstimate(AdjustedEstimate Estimate, RegressionFit? Control, RegressionFit? Treatment);

/// <summary>
/// The difference of means adjusted for several covariates, each arm's line taken at the covariates' overall means x̄:
/// d = [m_t - β_t'(x̄_t - x̄)] - [m_c - β_c'(x̄_c - x̄)]. Null hypothesis: m_t = m_c.
/// </summary>
/// <remarks>
/// <para>
/// Lin 2013. Arm-specific slopes: from aggregates SE² = Σ RSS_a/((n_a - 1 - p) n_a), Satterthwaite's degrees of freedom
/// over n_a - 1 - p; <see cref="WithHc2"/> takes the sums of a second pass over the units for the
/// heteroscedasticity-consistent HC2 error (MacKinnon and White 1985). Common slopes: SE² = Σ s²(y - β'x)_a/n_a, as
/// <see cref="Cuped"/>. Relative to the unadjusted m_c by Fieller's set with the covariance of d and m_c.
/// </para>
/// <para>
/// A missing covariate is 0 with its indicator as one more covariate; an indicator that is constant is to be left out.
/// Refused by name: <c>covariate_after_anchor</c>, <c>covariate_missing</c>, <c>covariate_constant</c>,
/// <c>covariate_collinear</c>, <c>too_few_units</c> for an arm without n_a &gt; p + 1.
/// </para>
/// </remarks>
public static class RegressionAdjustment
{
    /// <summary>The adjusted effect from aggregates.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1); below one half where one-sided.</param>
    /// <param name="slopes">Which slopes.</param>
    /// <param name="otherArms">Further arms, which count for x̄ and for common slopes.</param>
    /// <param name="facts">What is known about the covariates.</param>
    /// <param name="alternative">The alternative.</param>
    /// <returns>The adjusted effect, or the reason why there is none, beside the unadjusted one.</returns>
    /// <exception cref="ArgumentException">The arms differ in the number of covariates.</exception>
    public static RegressionEstimate Compute(
        RegressionArm control,
        RegressionArm treatment,
        double alpha,
        SlopeChoice slopes = SlopeChoice.ArmSpecific,
        IReadOnlyList<RegressionArm>? otherArms = null,
        CovariateFacts facts = default,
        Alternative alternative = Alternative.TwoSided)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        int p = control.CovariateMeans.Count;
        RegressionArm[] arms = [control, treatment, .. otherArms ?? []];
        if (arms.Any(arm => arm.CovariateMeans.Count != p))
        {
            throw new ArgumentException("All arms have the same covariates.", nameof(treatment));
        }

        string method = slopes == SlopeChoice.Common ? Methods.AncovaT : Methods.LinT;
        EffectEstimate unadjusted = WelchTTest.Compute(control.Unadjusted, treatment.Unadjusted, alpha, alternative);
        long units = control.N + treatment.N;
        (double? Imbalance, double? PValue)[] balance =
            [.. Enumerable.Range(0, p).Select(i => Cuped.Balance(Covariate(control, i), Covariate(treatment, i)))];
        double? missing = units > 0 ? (double)facts.MissingUnits / units : null;
        RegressionEstimate Refuse(string reason) => new(
            new AdjustedEstimate(
                EffectEstimate.None(method, alpha, reason) with { Alternative = alternative },
                unadjusted,
                null,
                null,
                null,
                null,
                null,
                null,
                [.. balance.Select(static item => item.Imbalance)],
                [.. balance.Select(static item => item.PValue)],
                missing),
            null,
            null);
        if (!unadjusted.HasAnswer && unadjusted.ReasonCode != Reasons.ZeroVariance)
        {
            return Refuse(unadjusted.ReasonCode!);
        }

        if (Cuped.ReasonAgainst(facts, units) is { } refusal)
        {
            return Refuse(refusal);
        }

        if (control.N <= p + 1 || treatment.N <= p + 1)
        {
            return Refuse(Reasons.TooFewUnits);
        }

        double[] overall = Overall(arms, p);
        if (Slopes(control, slopes, arms) is not ({ } controlSlopes, null, { } controlInverse))
        {
            return Refuse(Slopes(control, slopes, arms).ReasonCode!);
        }

        if (Slopes(treatment, slopes, arms) is not ({ } treatmentSlopes, null, { } treatmentInverse))
        {
            return Refuse(Slopes(treatment, slopes, arms).ReasonCode!);
        }

        RegressionFit c = Fit(control, controlSlopes, controlInverse, overall);
        RegressionFit t = Fit(treatment, treatmentSlopes, treatmentInverse, overall);
        double lost = slopes == SlopeChoice.Common ? 1 : 1 + p;
        double vc = ResidualSquares(control, controlSlopes) / (control.N - lost) / control.N;
        double vt = ResidualSquares(treatment, treatmentSlopes) / (treatment.N - lost) / treatment.N;
        AdjustedEstimate shape = new(
            EffectEstimate.None(method, alpha, Reasons.ZeroVariance) with { Alternative = alternative },
            unadjusted,
            null,
            c.Slopes,
            t.Slopes,
            control.Mean + SmallMatrix.Dot(controlSlopes, c.Shift),
            treatment.Mean + SmallMatrix.Dot(treatmentSlopes, t.Shift),
            null,
            [.. balance.Select(static item => item.Imbalance)],
            [.. balance.Select(static item => item.PValue)],
            missing);
        return new RegressionEstimate(
            Finish(shape, control, treatment, c, t, arms, vc, vt, lost, method), c, t);
    }

    /// <summary>The same effect with the HC2 error of a second pass over the units.</summary>
    /// <param name="estimate">The estimate of the first pass.</param>
    /// <param name="control">The control arm, as given to the first pass.</param>
    /// <param name="treatment">The treatment arm likewise.</param>
    /// <param name="controlTerms">Σ <see cref="RegressionFit.Hc2Term"/> over the control's units.</param>
    /// <param name="treatmentTerms">The treatment's sum.</param>
    /// <param name="otherArms">The further arms of the first pass.</param>
    /// <returns>The effect; unchanged where the first pass had no answer.</returns>
    public static AdjustedEstimate WithHc2(
        RegressionEstimate estimate,
        RegressionArm control,
        RegressionArm treatment,
        double controlTerms,
        double treatmentTerms,
        IReadOnlyList<RegressionArm>? otherArms = null)
    {
        ArgumentNullException.ThrowIfNull(estimate);
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        if (estimate.Control is null || estimate.Treatment is null)
        {
            return estimate.Estimate;
        }

        return Finish(
            estimate.Estimate,
            control,
            treatment,
            estimate.Control,
            estimate.Treatment,
            [control, treatment, .. otherArms ?? []],
            controlTerms,
            treatmentTerms,
            1 + control.CovariateMeans.Count,
            Methods.LinHc2T);
    }

    private static AdjustedEstimate Finish(
        AdjustedEstimate shape,
        RegressionArm control,
        RegressionArm treatment,
        RegressionFit c,
        RegressionFit t,
        RegressionArm[] arms,
        double controlVariance,
        double treatmentVariance,
        double lost,
        string method)
    {
        EffectEstimate before = shape.Effect;
        double variance = controlVariance + treatmentVariance;
        if (!(variance > 0) || !double.IsFinite(variance))
        {
            string reason = variance == 0 ? Reasons.ZeroVariance : Reasons.OutOfRange;
            return shape with
            {
                Effect = EffectEstimate.None(method, before.Alpha, reason) with { Alternative = before.Alternative },
                Moments = null,
            };
        }

        // In d the control's covariate means have the coefficient (1 - w_c) β_c + w_c β_t, w_c its share of all units;
        // with further arms the share of each is its own, and what is left of it does not move with m_c.
        double share = control.N / arms.Sum(static arm => (double)arm.N);
        double covariance = 0;
        for (int i = 0; i < c.Slopes.Count; i++)
        {
            covariance += (((1 - share) * c.Slopes[i]) + (share * t.Slopes[i])) * control.Products[i];
        }

        double plain = control.Unadjusted.VarianceOfMean;
        double difference = shape.TreatmentMean!.Value - shape.ControlMean!.Value;
        EffectMoments moments = new(
            difference,
            variance,
            control.Mean,
            plain,
            (covariance / (control.N - 1) / control.N) - plain,
            WelchTTest.Satterthwaite(controlVariance, control.N - lost, treatmentVariance, treatment.N - lost));
        EffectEstimate effect = Estimates.Build(
            method,
            before.Alpha,
            before.Alternative,
            difference,
            variance,
            moments.DegreesOfFreedom,
            moments.ToRatio(),
            WelchTTest.EffectSize(difference, control.Unadjusted, treatment.Unadjusted));
        double without = plain + treatment.Unadjusted.VarianceOfMean;
        return shape with
        {
            Effect = effect,
            Moments = effect.HasAnswer ? moments : null,
            VarianceReduction = without > 0 ? 1 - (variance / without) : null,
        };
    }

    private static MeanArm Covariate(RegressionArm arm, int i) => new(
        arm.N, arm.CovariateMeans[i], arm.N > 1 ? Math.Max(0, arm.CovariateSquares[i, i]) / (arm.N - 1) : 0);

    private static double[] Overall(RegressionArm[] arms, int p)
    {
        double total = arms.Sum(static arm => (double)arm.N);
        double[] overall = new double[p];
        foreach (RegressionArm arm in arms)
        {
            for (int i = 0; i < p; i++)
            {
                overall[i] += arm.N / total * arm.CovariateMeans[i];
            }
        }

        return overall;
    }

    private static (double[]? Slopes, string? ReasonCode, double[,]? Inverse) Slopes(
        RegressionArm arm, SlopeChoice choice, RegressionArm[] arms)
    {
        (double[,]? own, string? reason) = SmallMatrix.Invert(arm.CovariateSquares);
        if (choice == SlopeChoice.ArmSpecific)
        {
            return own is null ? (null, reason, null) : (SmallMatrix.Multiply(own, arm.Products), null, own);
        }

        int p = arm.Products.Length;
        double[,] squares = new double[p, p];
        double[] products = new double[p];
        foreach (RegressionArm each in arms)
        {
            for (int i = 0; i < p; i++)
            {
                products[i] += each.Products[i];
                for (int j = 0; j < p; j++)
                {
                    squares[i, j] += each.CovariateSquares[i, j];
                }
            }
        }

        (double[,]? pooled, string? pooledReason) = SmallMatrix.Invert(squares);
        return pooled is null
            ? (null, pooledReason, null)
            : (SmallMatrix.Multiply(pooled, products), null, own ?? pooled);
    }

    private static RegressionFit Fit(RegressionArm arm, double[] slopes, double[,] inverse, double[] overall)
    {
        int p = slopes.Length;
        return new RegressionFit(
            arm.N,
            arm.Mean,
            arm.CovariateMeans,
            slopes,
            [.. Enumerable.Range(0, p).Select(i => (double[])[.. Enumerable.Range(0, p).Select(j => inverse[i, j])])],
            [.. Enumerable.Range(0, p).Select(i => overall[i] - arm.CovariateMeans[i])]);
    }

    /// <summary>Σ(e²) at the slopes, at least 0.</summary>
    private static double ResidualSquares(RegressionArm arm, double[] slopes) => Math.Max(
        0,
        arm.SumOfSquares - (2 * SmallMatrix.Dot(slopes, arm.Products))
            + SmallMatrix.Dot(slopes, SmallMatrix.Multiply(arm.CovariateSquares, slopes)));
}

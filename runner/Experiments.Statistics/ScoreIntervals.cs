namespace Experiments.Statistics;

/// <summary>
/// Score intervals of two proportions: the D (or R) with |p_t - p_c - D| ≤ q sqrt(v(D)), the variance taken at the
/// maximum likelihood estimates under that D. At D = 0 or R = 1 this is the pooled z test.
/// </summary>
internal static class ScoreIntervals
{
    private const double LargestLogRatio = 300;

    /// <summary>Mee's interval (<paramref name="factor"/> 1) or Miettinen and Nurminen's (N/(N-1)).</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="critical">q.</param>
    /// <param name="factor">What the variance is multiplied by.</param>
    /// <param name="rejectsZero">
    /// The verdict of the pooled test where the interval has to agree with it to the last digit; null: found here.
    /// </param>
    internal static (double Lower, double Upper) Difference(
        BinomialArm control, BinomialArm treatment, double critical, double factor, bool? rejectsZero)
    {
        // The likelihood keeps its digits near rates of 0 and loses them near 1: count the rarer outcome.
        if ((double)control.X + treatment.X > (double)control.Failures + treatment.Failures)
        {
            (double low, double high) = Difference(
                new BinomialArm(control.N, control.Failures),
                new BinomialArm(treatment.N, treatment.Failures),
                critical,
                factor,
                rejectsZero);
            return (-high, -low);
        }

        double estimate = TwoProportionTest.Difference(control, treatment);
        double scale = critical * critical * factor;
        double Excess(double d) => Math.Abs(estimate - d) - Math.Sqrt(scale * VarianceAt(control, treatment, d));

        bool rejects = rejectsZero ?? Excess(0) > 0;
        double lower = estimate <= -1
            ? -1
            : rejects && estimate > 0
                ? End(0, estimate, Excess)
                : End(-1, Math.Min(estimate, 0), Excess);
        double upper = estimate >= 1
            ? 1
            : rejects && estimate < 0
                ? End(0, estimate, Excess)
                : End(1, Math.Max(estimate, 0), Excess);
        return (lower, upper);
    }

    /// <summary>
    /// Koopman's interval of the ratio (<paramref name="factor"/> 1), as a lift, or Miettinen and Nurminen's.
    /// </summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm; not both arms without a success.</param>
    /// <param name="critical">q.</param>
    /// <param name="factor">What the variance is multiplied by.</param>
    /// <param name="rejectsOne">The verdict of the pooled test; null: found here.</param>
    internal static RelativeInterval Ratio(
        BinomialArm control, BinomialArm treatment, double critical, double factor, bool? rejectsOne)
    {
        double pc = control.Rate;
        double pt = treatment.Rate;
        double scale = critical * critical * factor;
        double Excess(double logRatio)
        {
            double ratio = Math.Exp(logRatio);
            return Math.Abs(pt - (ratio * pc)) - Math.Sqrt(scale * RatioVarianceAt(control, treatment, ratio));
        }

        bool rejects = rejectsOne ?? Excess(0) > 0;
        double estimate = control.X == 0
            ? double.PositiveInfinity
            : treatment.X == 0 ? double.NegativeInfinity : Log1p(TwoProportionTest.Lift(control, treatment));

        double? lower = -1;
        if (treatment.X > 0)
        {
            double inside = rejects && estimate > 0 ? estimate : Math.Min(estimate, 0);
            double outside = rejects && estimate > 0 ? 0 : Outward(inside, -1, Excess);
            if (double.IsPositiveInfinity(inside))
            {
                inside = Inward(0, 1, Excess);
            }

            lower = double.IsInfinity(outside) || double.IsInfinity(inside)
                ? -1
                : Expm1(End(outside, inside, Excess));
        }

        double? upper = null;
        if (control.X > 0)
        {
            double inside = rejects && estimate < 0 ? estimate : Math.Max(estimate, 0);
            double outside = rejects && estimate < 0 ? 0 : Outward(inside, 1, Excess);
            if (double.IsNegativeInfinity(inside))
            {
                inside = Inward(0, -1, Excess);
            }

            upper = double.IsInfinity(outside) || double.IsInfinity(inside)
                ? null
                : Expm1(End(outside, inside, Excess));
        }

        return control.X == 0
            ? new RelativeInterval(null, lower, null, Reasons.ControlZero)
            : new RelativeInterval(
                TwoProportionTest.Lift(control, treatment),
                lower,
                upper,
                upper is null ? Reasons.UnboundedAbove : null);
    }

    /// <summary>v(D) at the maximum likelihood estimates with p_t - p_c = D.</summary>
    internal static double VarianceAt(BinomialArm control, BinomialArm treatment, double d)
    {
        (double pc, double pt) = Constrained(control, treatment, d);
        return (pc * (1 - pc) / control.N) + (pt * (1 - pt) / treatment.N);
    }

    /// <summary>The maximum likelihood estimates (control, treatment) with p_t - p_c = <paramref name="d"/>.</summary>
    internal static (double Control, double Treatment) Constrained(
        BinomialArm control, BinomialArm treatment, double d)
    {
        // u is the smaller rate, u + gap the larger one; the score in u falls from its first pole to its last.
        double gap = Math.Abs(d);
        (BinomialArm small, BinomialArm large) = d >= 0 ? (control, treatment) : (treatment, control);
        double u = SmallerRate(small, large, gap);
        return d >= 0 ? (u, Math.Min(1, u + gap)) : (Math.Min(1, u + gap), u);
    }

    private static double SmallerRate(BinomialArm small, BinomialArm large, double gap)
    {
        double end = 1 - gap;
        if (end <= 0)
        {
            return 0;
        }

        double x0 = small.X;
        double x1 = large.X;
        double f0 = small.Failures;
        double f1 = large.Failures;
        if (small.X == 0 && (large.X == 0 || x1 / gap <= f0 + (f1 / end)))
        {
            return 0;
        }

        if (large.Failures == 0 && (small.Failures == 0 || f0 / gap <= x1 + (x0 / end)))
        {
            return end;
        }

        double low = 0;
        double high = end;
        double guess = (x0 + x1 - (large.N * gap)) / (x0 + x1 + f0 + f1);
        double u = guess > low && guess < high ? guess : .5 * high;
        for (int i = 0; i < 200; i++)
        {
            double over = u + gap;
            double left = end - u;
            double score = Quotient(x0, u) + Quotient(x1, over) - (f0 / (1 - u)) - Quotient(f1, left);
            if (score == 0)
            {
                break;
            }

            if (score > 0)
            {
                low = u;
            }
            else
            {
                high = u;
            }

            double slope = Quotient(x0, u * u) + Quotient(x1, over * over) + (f0 / ((1 - u) * (1 - u)))
                + Quotient(f1, left * left);
            double next = u + (score / slope);
            if (!(next > low && next < high))
            {
                next = .5 * (low + high);
            }

            double step = Math.Abs(next - u);
            u = next;
            if (step <= 1e-15 * u)
            {
                break;
            }
        }

        return u;
    }

    private static double Quotient(double count, double rate) => count == 0 ? 0 : count / rate;

    /// <summary>v(R) = p_t(1-p_t)/n_t + R² p_c(1-p_c)/n_c at the estimates with p_t = R p_c, in closed form.</summary>
    private static double RatioVarianceAt(BinomialArm control, BinomialArm treatment, double ratio)
    {
        double nc = control.N;
        double nt = treatment.N;
        double fc = control.Failures;
        double ft = treatment.Failures;
        double successes = (double)control.X + treatment.X;
        double left = ratio * (nt + control.X);
        double right = nc + treatment.X;
        double root = Math.Sqrt(((left - right) * (left - right)) + (4 * ratio * ft * fc));
        double denominator = left + right + root;
        double pc = 2 * successes / denominator;
        double qc = (((ratio - 1) * (nt + control.X)) + ft + fc + root) / denominator;
        double qt = ((ratio * ft) + fc + ((1 - ratio) * successes) + root) / denominator;
        return (ratio * pc * Math.Max(0, qt) / nt) + (ratio * ratio * pc * Math.Max(0, qc) / nc);
    }

    /// <summary>
    /// The end of the set between a point outside of it and one inside, to the last digit but one; never the point
    /// outside itself. By inverse quadratic interpolation where it is safe, else by bisection (Chandrupatla 1997).
    /// </summary>
    private static double End(double outside, double inside, Func<double, double> excess)
    {
        double b = outside;
        double a = inside;
        double fb = excess(b);
        double fa = excess(a);
        if (fa > 0)
        {
            return inside;
        }

        if (!(fb > 0))
        {
            // A verdict of the test that rounding does not see here: the end is next to the point outside.
            return outside + (1e-15 * (inside - outside));
        }

        // Without a success the variance vanishes at the estimate itself, which is no end.
        fa = fa == 0 ? -fb : fa;
        double share = .5;
        for (int i = 0; i < 300; i++)
        {
            double x = a + (share * (b - a));
            double f = excess(x);
            double c;
            double fc;
            if (f > 0 == fa > 0)
            {
                (c, fc) = (a, fa);
            }
            else
            {
                (c, fc) = (b, fb);
                (b, fb) = (a, fa);
            }

            (a, fa) = (x, f);
            double limit = 1e-15 * Math.Abs(Math.Abs(fa) < Math.Abs(fb) ? a : b) / Math.Abs(b - a);
            if (limit > .5 || fa == 0 || a == b)
            {
                break;
            }

            double chi = (a - b) / (c - b);
            double phi = (fa - fb) / (fc - fb);
            share = phi * phi < chi && (1 - phi) * (1 - phi) < 1 - chi
                ? (fa / (fb - fa) * (fc / (fb - fc))) + ((c - a) / (b - a) * (fa / (fc - fa)) * (fb / (fc - fb)))
                : .5;
            share = Math.Clamp(share, limit, 1 - limit);
        }

        return fa > 0 ? b : a;
    }

    private static double Outward(double from, int sign, Func<double, double> excess)
    {
        if (double.IsInfinity(from))
        {
            return 0;
        }

        for (double step = 1; step <= LargestLogRatio; step *= 2)
        {
            if (excess(from + (sign * step)) > 0)
            {
                return from + (sign * step);
            }
        }

        return sign * double.PositiveInfinity;
    }

    private static double Inward(double from, int sign, Func<double, double> excess)
    {
        for (double step = 1; step <= LargestLogRatio; step *= 2)
        {
            if (!(excess(from + (sign * step)) > 0))
            {
                return from + (sign * step);
            }
        }

        return sign * double.PositiveInfinity;
    }

    private static double Log1p(double x) => MathNet.Numerics.SpecialFunctions.Log1p(x);

    private static double Expm1(double x) => Math.Abs(x) < 1e-5 ? x * (1 + (x / 2 * (1 + (x / 3)))) : Math.Exp(x) - 1;
}

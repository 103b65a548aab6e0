namespace Experiments.Statistics;

/// <summary>One look of a group sequential plan.</summary>
/// <param name="Information">The information at the look, such as units of both arms.</param>
/// <param name="Fraction">The fraction that the spending reads: information over planned, at most 1.</param>
/// <param name="CumulativeAlpha">a*(t), what one tail has spent.</param>
/// <param name="Critical">
/// c_k: the test rejects where |Z| reaches it; null where nothing is spent at this look, or none may be taken.
/// </param>
/// <param name="NominalPValue">The two-sided p-value at c_k. It is not a*(t).</param>
/// <param name="ReasonCode"><c>spending_complete</c> for a look after everything was spent, or null.</param>
public readonly record struct GroupSequentialLook(
    double Information,
    double Fraction,
    double CumulativeAlpha,
    double? Critical,
    double? NominalPValue,
    string? ReasonCode);

/// <summary>A futility plan beside the efficacy bounds.</summary>
/// <param name="Lower">
/// The bound of Z, oriented in the desired direction, below which the experiment may stop as futile, a look; null where
/// nothing is spent. The last one is the efficacy bound.
/// </param>
/// <param name="CumulativeBeta">What of the type II error has been spent, a look.</param>
/// <param name="Drift">The mean of Z at the last look under the effect that is found with the planned power.</param>
/// <param name="Inflation">The sample against a fixed horizon with the same alpha and power.</param>
public sealed record FutilityPlan(
    IReadOnlyList<double?> Lower, IReadOnlyList<double> CumulativeBeta, double Drift, double Inflation);

/// <summary>
/// Group sequential tests by alpha spending: P(cross by look k) = a*(t_k) in each tail, c_k by recursive integration of
/// the sub-density of (Z_1, …, Z_k), whose covariance is sqrt(t_i/t_j). Null hypothesis: the effect is 0. The interval
/// at a look is d ± c_k SE, and its running intersection agrees with the test.
/// </summary>
/// <remarks>
/// Lan and DeMets 1983; Armitage, McPherson, Rowe 1969; Jennison and Turnbull 2000. The fraction is of the planned units
/// (or events), never of days. After an over-run the last look spends the rest and earlier bounds stand, while the
/// correlations follow the true information: planned 300 with looks at 150, 250, 330 spends at .5, .833, 1. A two-sided
/// test takes the bounds on both sides; crossing both has a probability below 1e-9 at usual levels.
/// </remarks>
public static class GroupSequential
{
    /// <summary>The bounds of looks at any information.</summary>
    /// <param name="information">The information of each look, increasing; those so far suffice.</param>
    /// <param name="plannedInformation">The planned information, positive.</param>
    /// <param name="alphaOneSided">a, the level of one tail, inside (0, .5).</param>
    /// <param name="spending">How it is spent.</param>
    /// <param name="isLastFinal">Whether the last look spends the rest although the plan was not reached.</param>
    /// <returns>One entry a look.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static IReadOnlyList<GroupSequentialLook> Bounds(
        IReadOnlyList<double> information,
        double plannedInformation,
        double alphaOneSided,
        Spending spending,
        bool isLastFinal = false)
    {
        CheckInformation(information);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(plannedInformation);
        Tails.ThrowIfNotProbability(2 * alphaOneSided, nameof(alphaOneSided));
        List<GroupSequentialLook> looks = [];
        ScoreProcess process = new();
        double spent = 0;
        double scale = information.Count > 0 ? 1 / information[^1] : 1;
        for (int k = 0; k < information.Count; k++)
        {
            if (spent >= alphaOneSided)
            {
                looks.Add(new GroupSequentialLook(
                    information[k], 1, alphaOneSided, null, null, Reasons.SpendingComplete));
                continue;
            }

            bool isFinal = isLastFinal && k == information.Count - 1;
            double fraction = isFinal ? 1 : Math.Min(1, information[k] / plannedInformation);
            double now = spending.Spent(alphaOneSided, fraction);
            double t = information[k] * scale;
            double critical = now > spent
                ? Solve(now - spent, z => process.Above(t, z))
                : double.PositiveInfinity;
            looks.Add(new GroupSequentialLook(
                information[k],
                fraction,
                now,
                double.IsFinite(critical) ? critical : null,
                double.IsFinite(critical) ? Tails.NormalTwoSided(critical) : null,
                null));
            spent = now;
            process.Continue(
                t,
                double.NegativeInfinity,
                critical,
                k + 1 < information.Count ? information[k + 1] * scale : t);
        }

        return looks;
    }

    /// <summary>The probability that |Z| reaches its bound at any of the looks, both sides, without an effect.</summary>
    /// <param name="information">The information of each look, increasing.</param>
    /// <param name="critical">The bound of |Z| at each look; infinity for none.</param>
    /// <returns>The type I error: 14.2 % for five looks at 1.96 each.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The looks do not fit the bounds.</exception>
    public static double TypeOneError(IReadOnlyList<double> information, IReadOnlyList<double> critical)
    {
        ArgumentNullException.ThrowIfNull(critical);
        return Crossing(information, [.. critical.Select(static c => -c)], critical, 0, both: true);
    }

    /// <summary>The probability that Z reaches its upper bound at any of the looks under a drift.</summary>
    /// <param name="looks">The looks with their bounds.</param>
    /// <param name="drift">The mean of Z at the last look, d/SE there.</param>
    /// <returns>The power in the direction of the effect.</returns>
    public static double Power(IReadOnlyList<GroupSequentialLook> looks, double drift)
    {
        ArgumentNullException.ThrowIfNull(looks);
        double[] upper = [.. looks.Select(static look => look.Critical ?? double.PositiveInfinity)];
        return Crossing(
            [.. looks.Select(static look => look.Information)],
            [.. upper.Select(static _ => double.NegativeInfinity)],
            upper,
            drift,
            both: false);
    }

    /// <summary>The mean of Z at the last look with which the plan has a power.</summary>
    /// <param name="looks">The looks with their bounds.</param>
    /// <param name="power">The power, inside (alpha, 1).</param>
    /// <returns>The drift.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The power is out of its range.</exception>
    public static double Drift(IReadOnlyList<GroupSequentialLook> looks, double power)
    {
        Tails.ThrowIfNotProbability(power);
        return Bisect(0, 60, drift => Power(looks, drift) < power);
    }

    /// <summary>The sample that a plan needs against a fixed horizon with the same alpha and power.</summary>
    /// <param name="looks">The looks with their bounds, the last at the planned information.</param>
    /// <param name="power">The power, inside (alpha, 1).</param>
    /// <returns>The factor, 1.02 for five looks after O'Brien and Fleming at power .8.</returns>
    public static double Inflation(IReadOnlyList<GroupSequentialLook> looks, double power)
    {
        ArgumentNullException.ThrowIfNull(looks);
        double fixedDrift = Tails.NormalUpperQuantile(looks[^1].CumulativeAlpha) + Tails.NormalQuantile(power);
        return Math.Pow(Drift(looks, power) / fixedDrift, 2);
    }

    /// <summary>
    /// Bounds of constant shape, c_k = C (t_k)^(Δ - 1/2) at equally spaced looks: O'Brien and Fleming at Δ = 0, Pocock at
    /// Δ = 1/2, between them Wang and Tsiatis 1987. The number of looks is fixed beforehand, unlike with spending.
    /// </summary>
    /// <param name="looks">The number of looks, at least 1.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <param name="shape">Δ.</param>
    /// <returns>The constant C and the bounds.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static (double Constant, IReadOnlyList<double> Critical) Classical(int looks, double alpha, double shape)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(looks, 1);
        Tails.ThrowIfNotProbability(alpha);
        double[] information = [.. Enumerable.Range(1, looks).Select(k => (double)k / looks)];
        double[] At(double constant) => [.. information.Select(t => constant * Math.Pow(t, shape - .5))];
        double constant = Bisect(0, 20, c => TypeOneError(information, At(c)) > alpha);
        return (constant, At(constant));
    }

    /// <summary>
    /// The repeated p-value: the smallest two-sided level at which the plan, with its spending at that level, would have
    /// rejected at one of the looks. It is what Holm's correction takes; the nominal p-values are not.
    /// </summary>
    /// <param name="information">The information of each look so far.</param>
    /// <param name="plannedInformation">The planned information.</param>
    /// <param name="statistics">Z at each look.</param>
    /// <param name="spending">How a level is spent.</param>
    /// <param name="isLastFinal">Whether the last look spends the rest.</param>
    /// <returns>The p-value, inside (0, 1].</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double RepeatedPValue(
        IReadOnlyList<double> information,
        double plannedInformation,
        IReadOnlyList<double> statistics,
        Spending spending,
        bool isLastFinal = false)
    {
        ArgumentNullException.ThrowIfNull(information);
        ArgumentNullException.ThrowIfNull(statistics);
        ArgumentOutOfRangeException.ThrowIfNotEqual(statistics.Count, information.Count);
        bool Rejects(double log)
        {
            IReadOnlyList<GroupSequentialLook> looks =
                Bounds(information, plannedInformation, .5 * Math.Exp(log), spending, isLastFinal);
            for (int k = 0; k < looks.Count; k++)
            {
                if (Math.Abs(statistics[k]) >= looks[k].Critical)
                {
                    return true;
                }
            }

            return false;
        }

        const double most = -1e-9;
        const double least = -690;
        return !Rejects(most) ? 1 : Rejects(least) ? Math.Exp(least) : Math.Exp(Bisect(least, most, x => !Rejects(x)));
    }

    /// <summary>
    /// Non-binding futility by beta spending (Pampallona and Tsiatis 1994): lower bounds with
    /// P(below one by look k | drift) = b*(t_k), the efficacy bounds computed as if they were not there, so that alpha
    /// holds whether or not one stops. The drift is the one at which everything adds to the planned power.
    /// </summary>
    /// <param name="looks">The efficacy looks, at least two, the last at the planned information.</param>
    /// <param name="power">The power, inside (0, 1).</param>
    /// <param name="spending">How the type II error is spent.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static FutilityPlan Futility(
        IReadOnlyList<GroupSequentialLook> looks, double power, Spending spending)
    {
        ArgumentNullException.ThrowIfNull(looks);
        ArgumentOutOfRangeException.ThrowIfLessThan(looks.Count, 2, nameof(looks));
        Tails.ThrowIfNotProbability(power);
        double beta = 1 - power;
        double drift = Bisect(0, 60, delta => Missed(delta).Total > beta);
        double fixedDrift = Tails.NormalUpperQuantile(looks[^1].CumulativeAlpha) + Tails.NormalQuantile(power);
        (_, double?[] lower) = Missed(drift);
        return new FutilityPlan(
            lower,
            [.. looks.Select(look => spending.Spent(beta, look.Fraction))],
            drift,
            Math.Pow(drift / fixedDrift, 2));

        (double Total, double?[] Lower) Missed(double delta)
        {
            double?[] bounds = new double?[looks.Count];
            ScoreProcess process = new(delta);
            double spent = 0;
            double total = 0;
            for (int k = 0; k < looks.Count; k++)
            {
                double t = looks[k].Information / looks[^1].Information;
                double upper = looks[k].Critical ?? double.PositiveInfinity;
                double now = spending.Spent(beta, looks[k].Fraction);
                double bound = upper;
                if (k < looks.Count - 1)
                {
                    double due = now - spent;
                    bound = due > 0
                        ? Math.Min(upper, -Solve(due, z => process.Below(t, -z)))
                        : double.NegativeInfinity;
                }

                bounds[k] = double.IsFinite(bound) ? bound : null;
                total += double.IsFinite(bound) ? process.Below(t, bound) : 0;
                spent = now;
                process.Continue(
                    t, bound, upper, k + 1 < looks.Count ? looks[k + 1].Information / looks[^1].Information : t);
            }

            return (total, bounds);
        }
    }

    /// <summary>The probability of a crossing; the drift is the mean of Z at the last look.</summary>
    internal static double Crossing(
        IReadOnlyList<double> information,
        IReadOnlyList<double> lower,
        IReadOnlyList<double> upper,
        double drift,
        bool both)
    {
        CheckInformation(information);
        ArgumentOutOfRangeException.ThrowIfNotEqual(upper.Count, information.Count);
        ScoreProcess process = new(drift);
        double sum = 0;
        for (int k = 0; k < information.Count; k++)
        {
            double t = information[k] / information[^1];
            sum += double.IsFinite(upper[k]) ? process.Above(t, upper[k]) : 0;
            sum += both && double.IsFinite(lower[k]) ? process.Below(t, lower[k]) : 0;
            process.Continue(
                t, lower[k], upper[k], k + 1 < information.Count ? information[k + 1] / information[^1] : t);
        }

        return sum;
    }

    private static void CheckInformation(IReadOnlyList<double> information)
    {
        ArgumentNullException.ThrowIfNull(information);
        for (int k = 0; k < information.Count; k++)
        {
            if (!(information[k] > (k == 0 ? 0 : information[k - 1])) || !double.IsFinite(information[k]))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(information), information[k], "Information grows from look to look.");
            }
        }
    }

    /// <summary>The z at which a falling tail is the target; infinite where it cannot be.</summary>
    private static double Solve(double target, Func<double, double> tail)
    {
        double low = -38;
        double high = 38;
        if (tail(high) > target || tail(low) < target)
        {
            return tail(high) > target ? double.PositiveInfinity : double.NegativeInfinity;
        }

        return Bisect(low, high, z => tail(z) > target);
    }

    /// <summary>The border between where a condition holds (the low side) and where it does not.</summary>
    private static double Bisect(double low, double high, Func<double, bool> holds)
    {
        for (int i = 0; i < 200; i++)
        {
            double middle = .5 * (low + high);
            if (middle == low || middle == high || high - low < 1e-13 * Math.Max(1, Math.Abs(middle)))
            {
                break;
            }

            if (holds(middle))
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return .5 * (low + high);
    }
}

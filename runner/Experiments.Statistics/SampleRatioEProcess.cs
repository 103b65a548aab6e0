using MathNet.Numerics;

namespace Experiments.Statistics;

/// <summary>Units that arrived between two looks.</summary>
/// <param name="Units">Units an arm, in the order of the arms.</param>
/// <param name="Weights">Planned weights an arm, at least 0, on any scale.</param>
/// <param name="Epoch">The period of unchanged weights; it does not go back.</param>
public readonly record struct SampleRatioIncrement(
    IReadOnlyList<long> Units, IReadOnlyList<double> Weights, int Epoch = 0);

/// <summary>The state of a sample ratio check after a look.</summary>
/// <param name="LogBayesFactor">The logarithm of the Bayes factor against the planned weights, over all epochs.</param>
/// <param name="PValue">1/max of the Bayes factor so far: it holds at all looks together and never grows.</param>
/// <param name="UnitsWithoutWeight">Units so far in arms whose weight was 0 at the time, a failure of their own.</param>
/// <param name="ReasonCode"><c>zero_weight_arm_has_units</c> where there are any, or null.</param>
public readonly record struct SampleRatioLook(
    double LogBayesFactor, double PValue, long UnitsWithoutWeight, string? ReasonCode);

/// <summary>
/// Sample ratio mismatch at any time: the Dirichlet-multinomial e-process. Null hypothesis: each unit of an epoch fell
/// into arm k with its planned probability w_k. log BF = lnΓ(A) - lnΓ(A+N) + Σ[lnΓ(a_k+S_k) - lnΓ(a_k) - S_k ln w_k],
/// A = Σ a_k; the factors of epochs multiply, the prior restarts in each; p = 1/max BF.
/// </summary>
/// <remarks>
/// Lindon and Malek 2022 (arXiv 2011.03567), section 2.2. It is the gate while an experiment runs; the chi-square of
/// <see cref="SampleRatioMismatch"/> is taken once, at the decision. The default prior a_k = 1000 w_k expects small
/// deviations.
/// </remarks>
public static class SampleRatioEProcess
{
    /// <summary>The default sum of the prior's parameters.</summary>
    public const double DefaultConcentration = 1000;

    /// <summary>Runs over the looks.</summary>
    /// <param name="increments">The units between looks, in their order.</param>
    /// <param name="concentration">A, positive; a_k = A w_k.</param>
    /// <returns>One entry a look.</returns>
    /// <exception cref="ArgumentException">
    /// Lengths differ, a count or weight is negative or not finite, or an epoch goes back.
    /// </exception>
    public static IReadOnlyList<SampleRatioLook> Compute(
        IReadOnlyList<SampleRatioIncrement> increments, double concentration = DefaultConcentration)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(concentration);
        return Compute(increments, share => [.. share.Select(weight => concentration * weight)]);
    }

    /// <summary>Runs over the looks with a prior of one's own, such as a_k = 1 in every arm.</summary>
    /// <param name="increments">The units between looks, in their order.</param>
    /// <param name="prior">a_k, positive, one an arm; not read for an arm without weight.</param>
    /// <returns>One entry a look.</returns>
    /// <exception cref="ArgumentException">As above, or a parameter is not positive.</exception>
    public static IReadOnlyList<SampleRatioLook> Compute(
        IReadOnlyList<SampleRatioIncrement> increments, IReadOnlyList<double> prior)
    {
        ArgumentNullException.ThrowIfNull(prior);
        double[] parameters = [.. prior];
        if (parameters.Any(static a => !(a > 0 && double.IsFinite(a)))
            || (increments?.Count > 0 && increments[0].Units.Count != parameters.Length))
        {
            throw new ArgumentException("A prior has a positive parameter for every arm.", nameof(prior));
        }

        return Compute(increments!, _ => parameters);
    }

    private static List<SampleRatioLook> Compute(
        IReadOnlyList<SampleRatioIncrement> increments, Func<double[], double[]> prior)
    {
        ArgumentNullException.ThrowIfNull(increments);
        List<SampleRatioLook> looks = [];
        int count = increments.Count == 0 ? 0 : increments[0].Units.Count;
        double[] units = new double[count];
        double[] share = new double[count];
        double closed = 0;
        double most = 0;
        long strays = 0;
        for (int i = 0; i < increments.Count; i++)
        {
            SampleRatioIncrement now = increments[i];
            double total = SampleRatioMismatch.Check(new WeightEpoch(now.Units, now.Weights), count);
            bool isNew = i == 0 || now.Epoch != increments[i - 1].Epoch;
            if (isNew && i > 0)
            {
                if (now.Epoch < increments[i - 1].Epoch)
                {
                    throw new ArgumentException("Epochs do not go back.", nameof(increments));
                }

                closed += LogBayesFactor(units, share, prior(share));
                Array.Clear(units);
            }

            for (int k = 0; k < count; k++)
            {
                double weight = total > 0 ? now.Weights[k] / total : 0;
                if (!isNew && Math.Abs(weight - share[k]) > 1e-12)
                {
                    throw new ArgumentException("Weights change between epochs only.", nameof(increments));
                }

                share[k] = isNew ? weight : share[k];
                if (share[k] > 0)
                {
                    units[k] += now.Units[k];
                }
                else
                {
                    strays += now.Units[k];
                }
            }

            double log = closed + LogBayesFactor(units, share, prior(share));
            most = Math.Max(most, log);
            looks.Add(new SampleRatioLook(
                log, Math.Exp(-most), strays, strays > 0 ? Reasons.ZeroWeightArm : null));
        }

        return looks;
    }

    /// <summary>
    /// The Bayes factor of one epoch, by Stirling's form with its leading terms joined: T w_k[(1+ε)ln(1+ε) - ε] has no
    /// cancellation at any size. With x_k = a_k + S_k and T their sum, Σ x_k ln x_k - T ln T - Σ S_k ln w_k is
    /// Σ T w_k[(1+ε)ln(1+ε) - ε] + Σ a_k ln w_k, 1 + ε = x_k/(T w_k).
    /// </summary>
    private static double LogBayesFactor(double[] units, double[] share, double[] prior)
    {
        double total = 0;
        double concentration = 0;
        int arms = 0;
        for (int k = 0; k < units.Length; k++)
        {
            if (share[k] > 0)
            {
                concentration += prior[k];
                total += prior[k] + units[k];
                arms++;
            }
        }

        if (arms == 0)
        {
            return 0;
        }

        double log = SpecialFunctions.GammaLn(concentration);
        for (int k = 0; k < units.Length; k++)
        {
            if (!(share[k] > 0))
            {
                continue;
            }

            double a = prior[k];
            double x = a + units[k];
            double expected = total * share[k];
            log += (expected * Divergence((x - expected) / expected)) + (a * Math.Log(share[k])) - (.5 * Math.Log(x))
                + StirlingRest(x) - SpecialFunctions.GammaLn(a);
        }

        return log + (.5 * Math.Log(total)) - StirlingRest(total) + ((arms - 1) * .5 * Math.Log(2 * Math.PI));
    }

    /// <summary>(1 + e) ln(1 + e) - e.</summary>
    private static double Divergence(double e)
    {
        if (Math.Abs(e) > .01)
        {
            return ((1 + e) * Math.Log(1 + e)) - e;
        }

        double sum = 0;
        double power = e;
        for (int n = 2; n <= 10; n++)
        {
            power *= -e;
            sum -= power / (n * (n - 1));
        }

        return sum;
    }

    /// <summary>lnΓ(x) - [(x - 1/2) ln x - x + ln(2π)/2].</summary>
    private static double StirlingRest(double x)
    {
        if (x < 20)
        {
            return SpecialFunctions.GammaLn(x) - (((x - .5) * Math.Log(x)) - x + (.5 * Math.Log(2 * Math.PI)));
        }

        double r = 1 / (x * x);
        return (1 - (r * ((1 / 30.0) - (r * ((1 / 105.0) - (r / 140)))))) / (12 * x);
    }
}

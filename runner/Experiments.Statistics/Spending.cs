namespace Experiments.Statistics;

/// <summary>How the error of a group sequential plan is spent over its information.</summary>
public enum SpendingFamily
{
    /// <summary>Lan and DeMets 1983 after O'Brien and Fleming: 2 - 2Φ(z_{a/2}/sqrt(t)).</summary>
    OBrienFleming,

    /// <summary>Lan and DeMets 1983 after Pocock: a ln(1 + (e - 1)t).</summary>
    Pocock,

    /// <summary>Kim and DeMets 1987: a t^γ, γ &gt; 0.</summary>
    KimDeMets,

    /// <summary>Hwang, Shih, DeCani 1990: a (1 - e^{-γt})/(1 - e^{-γ}), a t at γ = 0.</summary>
    HwangShihDeCani,
}

/// <summary>A spending function of one tail.</summary>
/// <param name="Family">The family.</param>
/// <param name="Parameter">γ; not read for the first two.</param>
public readonly record struct Spending(SpendingFamily Family, double Parameter = 1)
{
    /// <summary>What has been spent at an information fraction.</summary>
    /// <param name="level">a, the one-sided level (a two-sided test spends half of its alpha in each tail).</param>
    /// <param name="fraction">t, at least 0; from 1 on everything is spent.</param>
    /// <returns>a*(t), from 0 to a.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The family is unknown, or its parameter is out of range.</exception>
    public double Spent(double level, double fraction)
    {
        Tails.ThrowIfNotProbability(level);
        if (!(fraction >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "A fraction is at least 0.");
        }

        if (fraction == 0 || fraction >= 1)
        {
            return fraction == 0 ? 0 : level;
        }

        return Family switch
        {
            SpendingFamily.OBrienFleming =>
                2 * Tails.NormalSurvival(Tails.NormalUpperQuantile(level / 2) / Math.Sqrt(fraction)),
            SpendingFamily.Pocock => level * Math.Log(1 + ((Math.E - 1) * fraction)),
            SpendingFamily.KimDeMets when Parameter > 0 => level * Math.Pow(fraction, Parameter),
            SpendingFamily.HwangShihDeCani when Parameter == 0 => level * fraction,
            SpendingFamily.HwangShihDeCani when double.IsFinite(Parameter) =>
                level * ((1 - Math.Exp(-Parameter * fraction)) / (1 - Math.Exp(-Parameter))),
            _ => throw new InvalidOperationException(
                FormattableString.Invariant($"There is no spending function {Family} with the parameter {Parameter}.")),
        };
    }
}

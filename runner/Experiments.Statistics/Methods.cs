namespace Experiments.Statistics;

/// <summary>Stable ids of the methods, as results and reports name them.</summary>
public static class Methods
{
    /// <summary>Welch's t test of two means (<see cref="WelchTTest"/>).</summary>
    public const string WelchT = "welch_t";

    /// <summary>The pooled z test of two proportions (<see cref="TwoProportionTest"/>).</summary>
    public const string TwoProportionZPooled = "two_proportion_z_pooled";

    /// <summary>The mid-p exact test of two proportions, taken where a cell is small.</summary>
    public const string TwoProportionMidP = "two_proportion_mid_p";

    /// <summary>Fisher's exact test of two proportions, taken on request where a cell is small.</summary>
    public const string TwoProportionFisher = "two_proportion_fisher";
}

namespace Experiments.Statistics;

/// <summary>
/// The difference between arms of randomised clusters: each arm's ratio R = Σy/Σn over its clusters,
/// Var = k/(k - 1) Σ(y_i - R n_i)²/(Σn)², degrees of freedom from the clusters by Satterthwaite. Null hypothesis:
/// R_t = R_c. The arms are <see cref="RatioArm"/>s with one row a cluster: its total and its units.
/// </summary>
/// <remarks>
/// Deng, Knoblich, Lu 2018; Cameron and Miller 2015. Below some 20 clusters an arm the test is liberal
/// (<see cref="HasEnoughClusters"/>).
/// </remarks>
public static class ClusterTest
{
    /// <summary>Clusters an arm from which the test keeps its level.</summary>
    public const long FewestClusters = 20;

    /// <summary>Compares the treatment with the control.</summary>
    /// <param name="control">The control's clusters.</param>
    /// <param name="treatment">The treatment's clusters.</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative.</param>
    /// <returns>The effect; reasons as for <see cref="RatioTest"/>.</returns>
    public static EffectEstimate Compute(
        RatioArm control, RatioArm treatment, double alpha, Alternative alternative = Alternative.TwoSided) =>
        RatioTest.Compute(control, treatment, alpha, alternative) with { Method = Methods.ClusterRatioT };

    /// <summary>Whether both arms have the clusters that the test needs.</summary>
    /// <param name="control">The control's clusters.</param>
    /// <param name="treatment">The treatment's clusters.</param>
    /// <returns>True from 20 clusters an arm.</returns>
    public static bool HasEnoughClusters(RatioArm control, RatioArm treatment) =>
        Math.Min(control.N, treatment.N) >= FewestClusters;
}

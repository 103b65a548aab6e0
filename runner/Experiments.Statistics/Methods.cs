namespace Experiments.Statistics;

/// <summary>Stable ids of the methods, as results and reports name them.</summary>
public static class Methods
{
    /// <summary>Welch's t test of two means (<see cref="WelchTTest"/>).</summary>
    public const string WelchT = "welch_t";

    /// <summary>Student's t test with a pooled variance (<see cref="StudentTTest"/>).</summary>
    public const string StudentT = "student_t";

    /// <summary>The pooled z test of two proportions (<see cref="TwoProportionTest"/>).</summary>
    public const string TwoProportionZPooled = "two_proportion_z_pooled";

    /// <summary>The mid-p exact test of two proportions, taken where a cell is small.</summary>
    public const string TwoProportionMidP = "two_proportion_mid_p";

    /// <summary>Fisher's exact test of two proportions, taken on request where a cell is small.</summary>
    public const string TwoProportionFisher = "two_proportion_fisher";

    /// <summary>The z test of two proportions with the unpooled error, on request.</summary>
    public const string TwoProportionZUnpooled = "two_proportion_z_unpooled";

    /// <summary>The pooled z test of two proportions with a continuity correction, on request.</summary>
    public const string TwoProportionZContinuity = "two_proportion_z_continuity";

    /// <summary>Welch's t test of two ratios of sums, variances by the delta method (<see cref="RatioArm"/>).</summary>
    public const string RatioDeltaT = "ratio_delta_t";

    /// <summary>The post-stratified difference of means (<see cref="PostStratification"/>).</summary>
    public const string PostStratifiedT = "post_stratified_t";

    /// <summary>The post-stratified difference of rates.</summary>
    public const string PostStratifiedZ = "post_stratified_z";

    /// <summary>The difference of quantiles by order statistics (<see cref="QuantileDifference"/>).</summary>
    public const string QuantileZ = "quantile_z";

    /// <summary>The Mann-Whitney test (<see cref="Experiments.Statistics.MannWhitney"/>).</summary>
    public const string MannWhitney = "mann_whitney_z";

    /// <summary>The log-rank test (<see cref="Experiments.Statistics.LogRank"/>).</summary>
    public const string LogRank = "log_rank";

    /// <summary>The difference of means adjusted for one covariate (<see cref="Cuped"/>).</summary>
    public const string CupedT = "cuped_t";

    /// <summary>The difference of ratios adjusted for the ratio before (<see cref="Cuped"/>).</summary>
    public const string CupedRatioT = "cuped_ratio_t";

    /// <summary>Adjusted by common slopes of several covariates (<see cref="RegressionAdjustment"/>).</summary>
    public const string AncovaT = "ancova_t";

    /// <summary>Adjusted by arm-specific slopes, the error from aggregates.</summary>
    public const string LinT = "lin_t";

    /// <summary>Adjusted by arm-specific slopes, the HC2 error of a second pass.</summary>
    public const string LinHc2T = "lin_hc2_t";

    /// <summary>An asymptotic confidence sequence (<see cref="Experiments.Statistics.AsymptoticConfidenceSequence"/>).</summary>
    public const string AsymptoticConfidenceSequence = "asymptotic_confidence_sequence";

    /// <summary>A group sequential test by alpha spending (<see cref="Experiments.Statistics.GroupSequential"/>).</summary>
    public const string GroupSequential = "group_sequential";

    /// <summary>The interaction of two experiments (<see cref="Overlap"/>).</summary>
    public const string InteractionZ = "interaction_z";

    /// <summary>The difference of the units' slopes over their tenure (<see cref="Novelty"/>).</summary>
    public const string NoveltySlopeT = "novelty_slope_t";

    /// <summary>The difference of ratios over randomised clusters (<see cref="ClusterTest"/>).</summary>
    public const string ClusterRatioT = "cluster_ratio_t";

    /// <summary>Blocks of a switchback, re-randomised in every way that the design could have drawn.</summary>
    public const string Switchback = "switchback";

    /// <summary>Blocks of a switchback, re-randomised by draws from those ways.</summary>
    public const string SwitchbackDraws = "switchback_draws";
}

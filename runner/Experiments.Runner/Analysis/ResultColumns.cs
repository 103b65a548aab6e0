namespace Experiments.Runner.Analysis;

/// <summary>A column of results.result_rows and its sisters.</summary>
/// <param name="Name">The column.</param>
/// <param name="Type">long, int, double, bool or string.</param>
/// <param name="Size">Text: its length in bytes.</param>
/// <param name="Read">The value of a row.</param>
/// <param name="Write">Sets the value of a row.</param>
internal sealed record ResultColumn(
    string Name, Type Type, int Size, Func<ResultRow, object?> Read, Action<ResultRow, object?> Write);

/// <summary>The columns of a result, in the order of the views: what is stored, read back and printed.</summary>
internal static class ResultColumns
{
    /// <summary>All columns after run, experiment and mode.</summary>
    public static IReadOnlyList<ResultColumn> All { get; } =
    [
        new("metric_id", typeof(string), 128, row => row.MetricId, (row, value) => row.MetricId = (string)value!),
        new(
            "metric_version", typeof(int), 0, row => row.MetricVersion,
            (row, value) => row.MetricVersion = (int)value!),
        new("metric_role", typeof(string), 16, row => row.MetricRole, (row, value) => row.MetricRole = (string)value!),
        new(
            "variation_id", typeof(string), 128, row => row.VariationId,
            (row, value) => row.VariationId = (string)value!),
        new("is_control", typeof(bool), 0, row => row.IsControl, (row, value) => row.IsControl = (bool)value!),
        new("n_assigned", typeof(long), 0, row => row.AssignedCount, (row, value) => row.AssignedCount = (long)value!),
        new("n_units", typeof(long), 0, row => row.UnitCount, (row, value) => row.UnitCount = (long)value!),
        new("mean_value", typeof(double), 0, row => row.Mean, (row, value) => row.Mean = (double?)value),
        new(
            "sd_value", typeof(double), 0, row => row.StandardDeviation,
            (row, value) => row.StandardDeviation = (double?)value),
        new(
            "uplift_abs", typeof(double), 0, row => row.UpliftAbsolute,
            (row, value) => row.UpliftAbsolute = (double?)value),
        new(
            "uplift_rel", typeof(double), 0, row => row.UpliftRelative,
            (row, value) => row.UpliftRelative = (double?)value),
        new(
            "std_error", typeof(double), 0, row => row.StandardError,
            (row, value) => row.StandardError = (double?)value),
        new("p_value", typeof(double), 0, row => row.PValue, (row, value) => row.PValue = (double?)value),
        new("ci_lower", typeof(double), 0, row => row.CiLower, (row, value) => row.CiLower = (double?)value),
        new("ci_upper", typeof(double), 0, row => row.CiUpper, (row, value) => row.CiUpper = (double?)value),
        new(
            "ci_rel_lower", typeof(double), 0, row => row.CiRelativeLower,
            (row, value) => row.CiRelativeLower = (double?)value),
        new(
            "ci_rel_upper", typeof(double), 0, row => row.CiRelativeUpper,
            (row, value) => row.CiRelativeUpper = (double?)value),
        new("effect_size", typeof(double), 0, row => row.EffectSize, (row, value) => row.EffectSize = (double?)value),
        new(
            "p_value_adjusted", typeof(double), 0, row => row.AdjustedPValue,
            (row, value) => row.AdjustedPValue = (double?)value),
        new("method", typeof(string), 64, row => row.Method, (row, value) => row.Method = (string)value!),
        new("reason_code", typeof(string), 64, row => row.ReasonCode, (row, value) => row.ReasonCode = (string?)value),
        new(
            "confidence_level", typeof(double), 0, row => row.ConfidenceLevel,
            (row, value) => row.ConfidenceLevel = (double)value!),
        new(
            "interval_agrees", typeof(bool), 0, row => row.IntervalAgrees,
            (row, value) => row.IntervalAgrees = (bool?)value),
        new("mde_rel", typeof(double), 0, row => row.MdeRelative, (row, value) => row.MdeRelative = (double?)value),
        new(
            "test_statistic", typeof(double), 0, row => row.TestStatistic,
            (row, value) => row.TestStatistic = (double?)value),
        new(
            "degrees_of_freedom", typeof(double), 0, row => row.DegreesOfFreedom,
            (row, value) => row.DegreesOfFreedom = (double?)value),
        new("options", typeof(string), 1000, row => row.Options, (row, value) => row.Options = (string?)value),
        new("family_name", typeof(string), 200, row => row.FamilyName, (row, value) => row.FamilyName = (string?)value),
        new(
            "family_interval", typeof(string), 32, row => row.FamilyInterval,
            (row, value) => row.FamilyInterval = (string?)value),
        new(
            "is_simultaneous", typeof(bool), 0, row => row.IsSimultaneous,
            (row, value) => row.IsSimultaneous = (bool?)value),
        new(
            "family_ci_lower", typeof(double), 0, row => row.FamilyCiLower,
            (row, value) => row.FamilyCiLower = (double?)value),
        new(
            "family_ci_upper", typeof(double), 0, row => row.FamilyCiUpper,
            (row, value) => row.FamilyCiUpper = (double?)value),
        new(
            "family_ci_rel_lower", typeof(double), 0, row => row.FamilyCiRelativeLower,
            (row, value) => row.FamilyCiRelativeLower = (double?)value),
        new(
            "family_ci_rel_upper", typeof(double), 0, row => row.FamilyCiRelativeUpper,
            (row, value) => row.FamilyCiRelativeUpper = (double?)value),
        new("margin", typeof(double), 0, row => row.Margin, (row, value) => row.Margin = (double?)value),
        new("margin_kind", typeof(string), 16, row => row.MarginKind, (row, value) => row.MarginKind = (string?)value),
        new(
            "noninferiority_p", typeof(double), 0, row => row.NonInferiorityPValue,
            (row, value) => row.NonInferiorityPValue = (double?)value),
        new(
            "noninferiority_bound", typeof(double), 0, row => row.NonInferiorityBound,
            (row, value) => row.NonInferiorityBound = (double?)value),
        new(
            "is_noninferior", typeof(bool), 0, row => row.IsNonInferior,
            (row, value) => row.IsNonInferior = (bool?)value),
        new("is_worse", typeof(bool), 0, row => row.IsWorse, (row, value) => row.IsWorse = (bool?)value),
        new(
            "superiority_p", typeof(double), 0, row => row.SuperiorityPValue,
            (row, value) => row.SuperiorityPValue = (double?)value),
        new("is_superior", typeof(bool), 0, row => row.IsSuperior, (row, value) => row.IsSuperior = (bool?)value),
        new(
            "equivalence_p", typeof(double), 0, row => row.EquivalencePValue,
            (row, value) => row.EquivalencePValue = (double?)value),
        new("is_equivalent", typeof(bool), 0, row => row.IsEquivalent, (row, value) => row.IsEquivalent = (bool?)value),
        new(
            "unadjusted_uplift_abs", typeof(double), 0, row => row.UnadjustedUpliftAbsolute,
            (row, value) => row.UnadjustedUpliftAbsolute = (double?)value),
        new(
            "unadjusted_uplift_rel", typeof(double), 0, row => row.UnadjustedUpliftRelative,
            (row, value) => row.UnadjustedUpliftRelative = (double?)value),
        new(
            "unadjusted_std_error", typeof(double), 0, row => row.UnadjustedStandardError,
            (row, value) => row.UnadjustedStandardError = (double?)value),
        new(
            "unadjusted_p_value", typeof(double), 0, row => row.UnadjustedPValue,
            (row, value) => row.UnadjustedPValue = (double?)value),
        new(
            "unadjusted_ci_lower", typeof(double), 0, row => row.UnadjustedCiLower,
            (row, value) => row.UnadjustedCiLower = (double?)value),
        new(
            "unadjusted_ci_upper", typeof(double), 0, row => row.UnadjustedCiUpper,
            (row, value) => row.UnadjustedCiUpper = (double?)value),
        new("theta", typeof(double), 0, row => row.Theta, (row, value) => row.Theta = (double?)value),
        new(
            "missing_covariate_rate", typeof(double), 0, row => row.MissingCovariateRate,
            (row, value) => row.MissingCovariateRate = (double?)value),
        new(
            "covariate_imbalance", typeof(double), 0, row => row.CovariateImbalance,
            (row, value) => row.CovariateImbalance = (double?)value),
        new(
            "covariate_imbalance_p", typeof(double), 0, row => row.CovariateImbalancePValue,
            (row, value) => row.CovariateImbalancePValue = (double?)value),
        new(
            "variance_reduction", typeof(double), 0, row => row.VarianceReduction,
            (row, value) => row.VarianceReduction = (double?)value),
        new("capped_count", typeof(long), 0, row => row.CappedCount, (row, value) => row.CappedCount = (long?)value),
        new("cap_lower", typeof(double), 0, row => row.CapLower, (row, value) => row.CapLower = (double?)value),
        new("cap_upper", typeof(double), 0, row => row.CapUpper, (row, value) => row.CapUpper = (double?)value),
        new(
            "uncapped_mean", typeof(double), 0, row => row.UncappedMean,
            (row, value) => row.UncappedMean = (double?)value),
        new(
            "uncapped_uplift_abs", typeof(double), 0, row => row.UncappedUpliftAbsolute,
            (row, value) => row.UncappedUpliftAbsolute = (double?)value),
        new(
            "uncapped_std_error", typeof(double), 0, row => row.UncappedStandardError,
            (row, value) => row.UncappedStandardError = (double?)value),
        new(
            "uncapped_p_value", typeof(double), 0, row => row.UncappedPValue,
            (row, value) => row.UncappedPValue = (double?)value),
        new(
            "uncapped_ci_lower", typeof(double), 0, row => row.UncappedCiLower,
            (row, value) => row.UncappedCiLower = (double?)value),
        new(
            "uncapped_ci_upper", typeof(double), 0, row => row.UncappedCiUpper,
            (row, value) => row.UncappedCiUpper = (double?)value),
        new("prior", typeof(string), 200, row => row.Prior, (row, value) => row.Prior = (string?)value),
        new(
            "chance_to_beat_control", typeof(double), 0, row => row.ChanceToBeatControl,
            (row, value) => row.ChanceToBeatControl = (double?)value),
        new(
            "expected_loss", typeof(double), 0, row => row.ExpectedLoss,
            (row, value) => row.ExpectedLoss = (double?)value),
        new(
            "credible_lower", typeof(double), 0, row => row.CredibleLower,
            (row, value) => row.CredibleLower = (double?)value),
        new(
            "credible_upper", typeof(double), 0, row => row.CredibleUpper,
            (row, value) => row.CredibleUpper = (double?)value),
        new(
            "chance_above_threshold", typeof(double), 0, row => row.ChanceAboveThreshold,
            (row, value) => row.ChanceAboveThreshold = (double?)value),
        new(
            "superiority_share", typeof(double), 0, row => row.SuperiorityShare,
            (row, value) => row.SuperiorityShare = (double?)value),
        new("look_number", typeof(int), 0, row => row.LookNumber, (row, value) => row.LookNumber = (int?)value),
        new(
            "always_valid_p", typeof(double), 0, row => row.AlwaysValidPValue,
            (row, value) => row.AlwaysValidPValue = (double?)value),
        new(
            "always_valid_p_adjusted", typeof(double), 0, row => row.AlwaysValidAdjustedPValue,
            (row, value) => row.AlwaysValidAdjustedPValue = (double?)value),
        new(
            "always_valid_lower", typeof(double), 0, row => row.AlwaysValidLower,
            (row, value) => row.AlwaysValidLower = (double?)value),
        new(
            "always_valid_upper", typeof(double), 0, row => row.AlwaysValidUpper,
            (row, value) => row.AlwaysValidUpper = (double?)value),
        new(
            "always_valid_rel_lower", typeof(double), 0, row => row.AlwaysValidRelativeLower,
            (row, value) => row.AlwaysValidRelativeLower = (double?)value),
        new(
            "always_valid_rel_upper", typeof(double), 0, row => row.AlwaysValidRelativeUpper,
            (row, value) => row.AlwaysValidRelativeUpper = (double?)value),
        new(
            "sequential_reason", typeof(string), 64, row => row.SequentialReason,
            (row, value) => row.SequentialReason = (string?)value),
    ];

    /// <summary>A row to be filled.</summary>
    public static ResultRow Empty() => new()
    {
        MetricId = string.Empty,
        MetricVersion = 0,
        MetricRole = string.Empty,
        VariationId = string.Empty,
        IsControl = false,
        Method = string.Empty,
        ConfidenceLevel = 0,
    };
}

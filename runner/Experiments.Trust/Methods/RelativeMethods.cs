using System.Text.Json;
using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>Lifts relative to the control.</summary>
internal static class RelativeMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("relative_lift_delta_t", static c => EstimateFields.Of(
            RelativeLift.Delta(c.Mean("control"), c.Mean("treatment"), c.Alpha, c.Alternative))),
        new("relative_lift_delta_z", DeltaZ),
        new("relative_lift_log_delta_t", LogDelta),
        new("relative_lift_fieller", Fieller),
        new("ratio_of_means_fieller_covariance", FiellerWithCovariance),
        new("relative_risk_ci_katz_log", Katz),
    ];

    private static (double Mean, double Variance) Arm(Case c, string name)
    {
        JsonElement node = c.Node(name);
        return (Case.Number(node, "mean"), Case.Number(node, "var_of_mean"));
    }

    private static Answer DeltaZ(Case c)
    {
        (double mc, double vc) = Arm(c, "control");
        (double mt, double vt) = Arm(c, "treatment");
        EffectMoments moments = new(mt - mc, vc + vt, mc, vc, -vc, null);
        return EstimateFields.Of(RelativeLift.Delta(moments, Tails.NormalTwoSided(c.Number("critical"))));
    }

    private static Answer LogDelta(Case c)
    {
        RelativeEstimate e = RelativeLift.LogDelta(c.Mean("control"), c.Mean("treatment"), c.Alpha, c.Alternative);
        Answer answer = EstimateFields.Of(e);
        answer["se_log"] = e.StandardError;
        return answer;
    }

    private static Answer Fieller(Case c)
    {
        (double mc, double vc) = Arm(c, "control");
        (double mt, double vt) = Arm(c, "treatment");
        RelativeInterval set = RelativeLift.Fieller(mc, vc, mt, vt, c.Number("critical"));
        return new Answer
        {
            ["kind"] = set.Reason switch
            {
                null => "bounded",
                Reasons.FiellerExclusive => "exclusive",
                Reasons.FiellerUnbounded => "unbounded",
                Reasons.FiellerHalfLine => "half_line",
                string other => other,
            },
            ["g"] = c.Number("critical") * c.Number("critical") * vc / (mc * mc),
            ["lift"] = set.Lift,
            ["ci_low"] = set.Lower,
            ["ci_high"] = set.Upper,
            ["excluded_low"] = set.ExcludedLower,
            ["excluded_high"] = set.ExcludedUpper,
        };
    }

    private static Answer FiellerWithCovariance(Case c)
    {
        (double below, double belowVariance) = Arm(c, "denominator");
        (double above, double aboveVariance) = Arm(c, "numerator");
        double critical = c.Number("critical");
        RelativeInterval set = RelativeLift.Fieller(
            below, belowVariance, above, aboveVariance, critical, c.Number("cov_of_means"));

        // For a negative denominator the lift is 1 - R.
        double? Ratio(double? lift) => below > 0 ? 1 + lift : 1 - lift;
        (double? low, double? high) = below > 0 ? (set.Lower, set.Upper) : (set.Upper, set.Lower);
        return new Answer
        {
            ["ratio"] = Ratio(set.Lift),
            ["ci_low_ratio"] = Ratio(low),
            ["ci_high_ratio"] = Ratio(high),
            ["g"] = critical * critical * belowVariance / (below * below),
        };
    }

    private static Answer Katz(Case c)
    {
        EffectEstimate e = TwoProportionTest.Compute(
            c.Binomial("control"), c.Binomial("treatment"), c.Alpha, ProportionInterval.Wald);
        double half = Tails.NormalUpperQuantile(c.Alpha / 2);
        return new Answer
        {
            ["lift"] = e.UpliftRelative,
            ["ratio"] = 1 + e.UpliftRelative,
            ["se_log"] = e.CiRelativeUpper is { } high && e.CiRelativeLower is { } low
                ? (Math.Log(1 + high) - Math.Log(1 + low)) / (2 * half)
                : null,
            ["ci_low"] = e.CiRelativeLower,
            ["ci_high"] = e.CiRelativeUpper,
        };
    }
}

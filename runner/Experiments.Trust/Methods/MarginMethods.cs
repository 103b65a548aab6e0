using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Trust.Methods;

/// <summary>Tests against a margin.</summary>
internal static class MarginMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("non_inferiority_t", T),
        new("non_inferiority_z_ratio_contrast", static c => Fields(NonInferiority.Relative(
            c.Binomial("control"), c.Binomial("treatment"), c.Number("nim"), c.Direction, Level(c)))),
        new("non_inferiority_z_relative_margin", FixedMargin),
        new("non_inferiority_farrington_manning", FarringtonManning),
        new("equivalence_tost_t", Equivalence),
    ];

    private static double Level(Case c) => c.Has("alpha_one_sided") ? c.Number("alpha_one_sided") : .05;

    private static Answer Fields(NonInferiorityResult e) => new()
    {
        ["statistic"] = e.Statistic,
        ["z"] = e.Statistic,
        ["df"] = e.DegreesOfFreedom,
        ["p_value"] = e.PValue,
        ["bound"] = e.Bound,
        ["non_inferior"] = e.IsNonInferior,
        ["two_sided_p"] = e.TwoSidedPValue,
        ["significantly_worse"] = e.IsSignificantlyWorse,
    };

    private static Answer T(Case c)
    {
        NonInferiorityResult e = NonInferiority.Absolute(
            c.Mean("control"), c.Mean("treatment"), c.Number("margin"), c.Direction, Level(c));
        EffectEstimate plain = WelchTTest.Compute(c.Mean("control"), c.Mean("treatment"), c.Alpha);
        Answer answer = Fields(e);
        answer["effect"] = plain.UpliftAbsolute;
        answer["se"] = plain.StandardError;

        // T is oriented here; the statistic of the file is that of m_t - m_c against its null.
        answer["statistic"] = c.Direction == DesiredDirection.Increase ? e.Statistic : -e.Statistic;
        return answer;
    }

    private static Answer FixedMargin(Case c)
    {
        (BinomialArm control, BinomialArm treatment) = (c.Binomial("control"), c.Binomial("treatment"));
        Answer answer = Fields(Margins.FixedRelativeMargin(control, treatment, c.Number("nim"), c.Direction, Level(c)));
        EffectEstimate plain = TwoProportionTest.Compute(control, treatment, c.Alpha);
        answer["effect"] = plain.UpliftAbsolute;
        answer["se"] = plain.StandardError;
        answer["null_effect"] =
            (c.Direction == DesiredDirection.Increase ? -1 : 1) * c.Number("nim") * control.Rate;
        return answer;
    }

    private static Answer FarringtonManning(Case c)
    {
        (BinomialArm control, BinomialArm treatment) = (c.Binomial("control"), c.Binomial("treatment"));
        double margin = c.Number("margin");
        NonInferiorityResult fm = NonInferiority.Score(control, treatment, margin, c.Direction, Level(c));
        NonInferiorityResult mn = NonInferiority.Score(control, treatment, margin, c.Direction, Level(c), true);
        (double pc, double pt) = ScoreIntervals.Constrained(
            control, treatment, c.Direction == DesiredDirection.Increase ? -margin : margin);
        return new Answer
        {
            ["z_fm"] = fm.Statistic,
            ["p_fm"] = fm.PValue,
            ["z_mn"] = mn.Statistic,
            ["p_mn"] = mn.PValue,
            ["constrained_p_control"] = pc,
            ["constrained_p_treatment"] = pt,
        };
    }

    private static Answer Equivalence(Case c)
    {
        double level = c.Has("alpha") ? c.Alpha : Level(c);
        EquivalenceResult e = Margins.Equivalent(
            EffectMoments.Of(c.Mean("control"), c.Mean("treatment")), c.Number("margin"), false, level);
        return new Answer
        {
            ["p_lower"] = e.LowerPValue,
            ["p_upper"] = e.UpperPValue,
            ["p_value"] = e.PValue,
            ["ci90_low"] = e.Lower,
            ["ci90_high"] = e.Upper,
            ["ci_low"] = e.Lower,
            ["ci_high"] = e.Upper,
            ["equivalent"] = e.IsEquivalent,
        };
    }
}

using System.Text.Json.Nodes;
using Experiments.Statistics.Decisions;

namespace Experiments.Statistics.Tests;

public sealed class VectorTests
{
    public static TheoryData<string, string> All()
    {
        TheoryData<string, string> data = [];
        foreach (string file in (string[])["means", "relative", "proportions", "sample_ratio", "multiple_comparisons", "power", "tails", "non_inferiority", "strata_ratios", "ranks_quantiles"])
        {
            foreach (Vector vector in Vector.Load(file))
            {
                data.Add(file, vector.Id);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_reference_value_is_met(string file, string id)
    {
        Vector v = Vector.Find(file, id);
        switch (v.Method)
        {
            case "welch_t_absolute":
                Welch(v);
                break;
            case "student_t_absolute":
                Effect(v, StudentTTest.Compute(v.Mean("control"), v.Mean("treatment"), v.Number("alpha"), v.Alternative));
                break;
            case "mean_variance_from_rows":
                FromRows(v);
                break;
            case "mean_variance_from_sums":
                MeanArm arm = MeanArm.FromCentred(
                    (long)v.Number("n"), 0, v.Number("sum"), v.Number("sum_squares"));
                v.Check("mean", arm.Mean);
                v.Check("var", arm.Variance);
                break;
            case "relative_lift_delta_t":
                RelativeEstimate delta = RelativeLift.Delta(
                    v.Mean("control"), v.Mean("treatment"), v.Number("alpha"), v.Alternative);
                v.Check("lift", delta.Lift);
                v.Check("se", delta.StandardError);
                v.Check("df", delta.DegreesOfFreedom);
                v.Check("statistic", delta.Statistic);
                v.Check("p_value", delta.PValue);
                v.Check("ci_low", delta.Lower);
                v.Check("ci_high", delta.Upper);
                break;
            case "relative_lift_delta_z":
                DeltaZ(v);
                break;
            case "relative_lift_log_delta_t":
                RelativeEstimate log = RelativeLift.LogDelta(v.Mean("control"), v.Mean("treatment"), v.Number("alpha"));
                v.Check("lift", log.Lift);
                v.Check("se_log", log.StandardError);
                v.Check("df", log.DegreesOfFreedom);
                v.Check("ci_low", log.Lower);
                v.Check("ci_high", log.Upper);
                break;
            case "relative_lift_fieller":
                Fieller(v);
                break;
            case "ratio_of_means_fieller_covariance":
                FiellerWithCovariance(v);
                break;
            case "relative_risk_ci_katz_log":
                EffectEstimate katz = Proportions(v, ProportionInterval.Wald);
                v.Check("lift", katz.UpliftRelative);
                v.Check("ci_low", katz.CiRelativeLower);
                v.Check("ci_high", katz.CiRelativeUpper);
                break;
            case "two_proportion_z_pooled":
                PooledZ(v);
                break;
            case "two_proportion_z_unpooled":
                EffectEstimate wald = Proportions(v, ProportionInterval.Wald);
                v.Check("effect", wald.UpliftAbsolute);
                v.Check("se_unpooled", wald.StandardError);
                v.Check("ci_low", wald.CiLower);
                v.Check("ci_high", wald.CiUpper);
                break;
            case "two_proportion_z_pooled_continuity":
                EffectEstimate yates = TwoProportionTest.ComputeWithContinuity(
                    v.Binomial("control"), v.Binomial("treatment"), v.Number("alpha"));
                v.Check("z", yates.Statistic);
                v.Check("p_value", yates.PValue);
                Interval(v, yates);
                break;
            case "two_proportion_diff_ci_newcombe":
                Interval(v, Proportions(v, ProportionInterval.Newcombe));
                break;
            case "two_proportion_diff_ci_score_mn":
                Interval(v, Proportions(v, ProportionInterval.MiettinenNurminen));
                break;
            case "two_proportion_diff_ci_score":
                Interval(v, Proportions(v, ProportionInterval.Score));
                EffectEstimate corrected = Proportions(v, ProportionInterval.MiettinenNurminen);
                v.Check("ci_low_mn", corrected.CiLower);
                v.Check("ci_high_mn", corrected.CiUpper);
                break;
            case "wilson_score_interval":
                (double low, double high) = TwoProportionTest.Wilson(
                    new BinomialArm((long)v.Number("n"), (long)v.Number("x")), v.Number("alpha"));
                v.Check("ci_low", low);
                v.Check("ci_high", high);
                break;
            case "srm_chi_square":
                SampleRatio(v);
                break;
            case "srm_sequential_dirichlet_multinomial":
                long[][] cumulative = [.. v.Inputs["cumulative_counts"]!.AsArray().Select(row => Longs(row!).ToArray())];
                double[] planned = [.. Doubles(v.Inputs["weights"]!)];
                IReadOnlyList<SampleRatioLook> anytime = SampleRatioEProcess.Compute(
                    [.. cumulative.Select((row, i) => new SampleRatioIncrement(
                        [.. row.Select((units, k) => units - (i == 0 ? 0 : cumulative[i - 1][k]))], planned))],
                    Doubles(v.Inputs["dirichlet_alpha"]!).Sum());
                for (int i = 0; i < anytime.Count; i++)
                {
                    v.Check($"looks.{i}.log_bf", anytime[i].LogBayesFactor);
                    v.Check($"looks.{i}.p_anytime", anytime[i].PValue);
                }

                Assert.Equal((bool)v.Expected["srm_at_0.001"]!, anytime[^1].PValue < .001);
                break;
            case "srm_two_arm_binomial":
                long[] counts = [.. Longs(v.Inputs["observed"]!)];
                v.Check(
                    "binomial_exact_p",
                    SampleRatioMismatch.ExactTwoArms(counts[0], counts[1], Doubles(v.Inputs["weights"]!).First()));
                break;
            case "p_adjust_holm" or "p_adjust_hochberg" or "p_adjust_hommel" or "p_adjust_bonferroni":
                v.CheckAll("p_adjusted", Adjust(v.Method["p_adjust_".Length..], PValues(v)));
                break;
            case "p_adjust_all":
                foreach ((string method, _) in v.Expected)
                {
                    v.CheckAll(method, Adjust(method, PValues(v)));
                }

                break;
            case "mde_z":
                MeanArm control = new((long)v.Number("n_c"), v.Number("mean_c"), v.Number("var_c"));
                MeanArm treatment = new((long)v.Number("n_t"), v.Number("mean_c"), v.Number("var_t"));
                v.Check("mde_abs", MinimumDetectableEffect.Absolute(
                    control.N, treatment.N, control.Variance, treatment.Variance, v.Number("alpha"), v.Number("power")));
                v.Check("mde_rel", MinimumDetectableEffect.Relative(
                    control, treatment, v.Number("alpha"), v.Number("power")));
                break;
            case "sample_size_z_total":
                v.CheckAll("n_total_formula", v.Inputs["cases"]!.AsArray().Select(item =>
                {
                    (double c, double t) = SampleSize.ForMeans(
                        (double)item!["var"]!, (double)item["var"]!, (double)item["mde"]!, (double)item["alpha"]!, (double)item["power"]!);
                    return (double?)(c + t);
                }));
                break;
            case "sample_size_z_unequal_allocation":
                (double nc, double nt) = SampleSize.ForMeans(
                    v.Number("var_c"), v.Number("var_t"), v.Number("delta"), v.Number("alpha"), v.Number("power"), v.Number("ratio_t_over_c"));
                v.Check("n_control", nc);
                v.Check("n_treatment", nt);
                break;
            case "sample_size_cuped_reduction":
                v.Check("n_adjusted", SampleSize.WithCovariate(v.Number("n_unadjusted"), v.Number("rho")));
                break;
            case "power_correction_guardrails":
                v.CheckAll("corrected_power", Longs(v.Inputs["guardrails"]!)
                    .Select(count => (double?)SampleSize.CorrectedPower(v.Number("power"), (int)count)));
                break;
            case "power_two_proportions_pooled_null":
                PowerOfProportions(v);
                break;
            case "power_two_sample_t":
                double variance = v.Number("sd") * v.Number("sd");
                v.Check("power", Power.OfT(
                    v.Number("n_per_arm"), v.Number("n_per_arm"), variance, variance, v.Number("delta"), v.Number("alpha")));
                v.Check("n_per_arm_for_power_0.9", .5 * Power.SampleSize(
                    new PowerDesign { Variance = variance, Alpha = v.Number("alpha") }, v.Number("delta"), .9));
                break;
            case "power_t_noncentral":
                PowerDesign plan = new() { Baseline = v.Number("mean"), Variance = v.Number("var"), Alpha = v.Number("alpha") };
                v.Check("power_greater_rel_0.1", Power.Of(
                    plan with { Alternative = Alternative.Greater }, v.Number("n_total"), .1 * v.Number("mean")));
                v.Check("mde_less_power_0.8", Power.DetectableEffect(
                    plan with { Alternative = Alternative.Less }, v.Number("n_total"), .8, isDecrease: true));
                v.Check("mde_two_sided_power_0.8", Power.DetectableEffect(plan, v.Number("n_total")));
                v.Check("n_total_for_0.05_power_0.8", Math.Ceiling(Power.SampleSize(plan, .05)!.Value));
                break;
            case "mid_experiment_power_scaling":
                RelativeEstimate soFar = RelativeLift.Delta(v.Mean("control"), v.Mean("treatment"), v.Number("alpha"));
                double n = v.Mean("control").N + v.Mean("treatment").N;
                RelativePrior prior = new((double)v.Inputs["prior"]!["mean"]!, (double)v.Inputs["prior"]!["var"]!);
                double? More(double? planned, RelativePrior? given) => Power.AdditionalSample(
                    v.Number("relative_mde"), soFar.StandardError!.Value, n, v.Number("alpha"), v.Number("target_power"), planned, given);
                v.Check("se_lift", soFar.StandardError);
                v.Check("additional_scaling_fixed", More(null, null));
                v.Check("additional_users_fixed", n * More(null, null));
                v.Check("additional_scaling_sequential", More(v.Number("sequential_n_star"), null));
                v.Check("additional_scaling_bayes", More(null, prior));
                break;
            case "dist_noncentral_t_sf":
                v.CheckAll("sf", Pairs(v, "c_df_ncp").Select(x => (double?)Tails.NoncentralTSurvival(x[0], x[1], x[2])));
                break;
            case "dist_normal_cdf":
                v.CheckAll("cdf", Doubles(v.Inputs["x"]!).Select(x => (double?)Tails.NormalCdf(x)));
                break;
            case "dist_normal_inverse":
                v.CheckAll("z", Doubles(v.Inputs["p"]!).Select(p => (double?)Tails.NormalQuantile(p)));
                break;
            case "dist_student_t_cdf":
                v.CheckAll("cdf", Pairs(v, "t_df").Select(x => (double?)Tails.StudentTCdf(x[0], x[1])));
                break;
            case "dist_student_t_inverse_upper_tail":
                v.CheckAll("t", Pairs(v, "upper_tail_p_df").Select(x => (double?)Tails.StudentTUpperQuantile(x[0], x[1])));
                break;
            case "dist_chi_square_sf":
                v.CheckAll("sf", Pairs(v, "x_df").Select(x => (double?)Tails.ChiSquareSurvival(x[0], x[1])));
                break;
            case "non_inferiority_t" or "non_inferiority_z_ratio_contrast" or "non_inferiority_farrington_manning":
                NonInferior(v);
                break;
            case "non_inferiority_z_relative_margin":
                NonInferiorityResult fixedMargin = Margins.FixedRelativeMargin(
                    v.Binomial("control"), v.Binomial("treatment"), v.Number("nim"), DesiredDirection.Increase,
                    v.Number("alpha_one_sided"));
                v.Check("effect", TwoProportionTest.Difference(v.Binomial("control"), v.Binomial("treatment")));
                v.Check("null_effect", -v.Number("nim") * v.Binomial("control").Rate);
                v.Check("z", fixedMargin.Statistic);
                v.Check("p_value", fixedMargin.PValue);
                v.Check("bound", fixedMargin.Bound);
                break;
            case "equivalence_tost_t":
                EquivalenceResult equivalence = Margins.Equivalent(
                    EffectMoments.Of(v.Mean("control"), v.Mean("treatment")), v.Number("margin"), false, .05);
                v.Check("p_value", equivalence.PValue);
                v.Check("ci90_low", equivalence.Lower);
                v.Check("ci90_high", equivalence.Upper);
                Assert.True(equivalence.IsEquivalent);
                (double Lower, double Upper) tost =
                    NonInferiority.Equivalence(v.Mean("control"), v.Mean("treatment"), v.Number("margin"))!.Value;
                v.Check("p_lower", tost.Lower);
                v.Check("p_upper", tost.Upper);
                v.Check("p_value", Math.Max(tost.Lower, tost.Upper));
                EffectEstimate ninety = WelchTTest.Compute(v.Mean("control"), v.Mean("treatment"), .1);
                v.Check("ci90_low", ninety.CiLower);
                v.Check("ci90_high", ninety.CiUpper);
                break;
            case "post_stratified_difference":
                (MeanArm, MeanArm)[] pairs =
                    [.. v.Inputs["strata"]!.AsArray().Select(item => (Stratum(item!, "c"), Stratum(item!, "t")))];
                PostStratifiedEstimate strata = PostStratification.Compute(pairs, .05);
                v.Check("effect", strata.Effect.UpliftAbsolute);
                v.Check("se", strata.Effect.StandardError);
                v.Check("z", strata.Effect.Statistic);
                break;
            case "ratio_metric_delta_single_arm":
                RatioArm clicks = RatioArm.FromRows(
                    [.. Doubles(v.Inputs["clicks"]!).Zip(Doubles(v.Inputs["impressions"]!))]);
                v.Check("ratio", clicks.ToMeanArm()!.Value.Mean);
                v.Check("se_delta", Math.Sqrt(clicks.ToMeanArm()!.Value.VarianceOfMean));
                v.Check("se_naive_binomial", Math.Sqrt(
                    clicks.ToMeanArm()!.Value.VarianceOfMean / clicks.BinomialDesignEffect()!.Value));
                v.Check("design_effect", clicks.BinomialDesignEffect());
                break;
            case "ratio_metric_delta_t":
                (RatioArm rc, RatioArm rt) = (Ratio(v.Inputs["control"]!), Ratio(v.Inputs["treatment"]!));
                EffectEstimate ratio = RatioTest.Compute(rc, rt, v.Number("alpha"));
                v.Check("effect", ratio.UpliftAbsolute);
                v.Check("se", ratio.StandardError);
                v.Check("df", ratio.DegreesOfFreedom);
                v.Check("statistic", ratio.Statistic);
                v.Check("p_value", ratio.PValue);
                v.Check("ci_low", ratio.CiLower);
                v.Check("ci_high", ratio.CiUpper);
                v.Check("ratio_control", rc.ToMeanArm()!.Value.Mean);
                v.Check("n_var_treatment", rt.ToMeanArm()!.Value.Variance);
                break;
            case "quantile_ci_normal_levels":
                JsonArray sizes = v.Inputs["n_star"]!.AsArray();
                for (int i = 0; i < sizes.Count; i++)
                {
                    double nu = v.Number("nu");
                    (double below, double above) = Quantiles.BoundingLevels(
                        nu, nu * (1 - nu) / (double)sizes[i]!, v.Number("alpha"));
                    v.Check($"levels.{i}.0", below);
                    v.Check($"levels.{i}.1", above);
                }

                break;
            case "percentile_definitions":
                v.CheckAll("percentile_cont", Doubles(v.Inputs["levels"]!)
                    .Select(level => Quantiles.Continuous(Doubles(v.Inputs["values"]!), level)));
                v.CheckAll("percentile_disc", Doubles(v.Inputs["levels"]!)
                    .Select(level => Quantiles.Discrete(Doubles(v.Inputs["values"]!), level)));
                break;
            case "winsorize_upper_percentile":
                Winsorise(v);
                break;
            case "mann_whitney_asymptotic":
                RankSums sums = RankSums.FromValues(Doubles(v.Inputs["control"]!), Doubles(v.Inputs["treatment"]!));
                RankEstimate plain = MannWhitney.Compute(sums, continuity: false);
                v.Check("tie_term", sums.TieTerm);
                v.Check("U_treatment", plain.U);
                v.Check("mean_U", plain.Mean);
                v.Check("sd_U_tie_corrected", plain.StandardDeviation);
                v.Check("z", plain.Statistic);
                v.Check("p_no_continuity", plain.PValue);
                v.Check("p_continuity", MannWhitney.Compute(sums).PValue);
                v.Check("prob_superiority", plain.ProbabilityOfSuperiority);
                break;
            default:
                Assert.Fail($"No test for {v.Method}.");
                break;
        }
    }

    private static void Winsorise(Vector v)
    {
        double[] values = [.. Doubles(v.Inputs["values"]!)];
        foreach ((bool nonZero, string suffix) in ((bool, string)[])[(false, ""), (true, "_ignoring_zeros")])
        {
            (double? cap, string? reason) = Quantiles.Cap(values, v.Number("level"), nonZero);
            Assert.Null(reason);
            v.Check(nonZero ? "cap_ignoring_zeros" : "cap_all", cap);
            double[] capped = [.. values.Select(value => Math.Min(value, cap!.Value))];
            MeanArm arm = MeanArm.FromCentred(
                capped.Length, capped[0], capped.Sum(x => x - capped[0]), capped.Sum(x => Math.Pow(x - capped[0], 2)));
            v.Check($"mean_capped{suffix}", arm.Mean);
            if (!nonZero)
            {
                v.Check("var_capped", arm.Variance);
            }
        }
    }

    private static void NonInferior(Vector v)
    {
        DesiredDirection direction =
            (string)v.Inputs["preferred"]! == "increase" ? DesiredDirection.Increase : DesiredDirection.Decrease;
        if (v.Method == "non_inferiority_t")
        {
            NonInferiorityResult t = NonInferiority.Absolute(
                v.Mean("control"), v.Mean("treatment"), v.Number("margin"), direction, v.Number("alpha_one_sided"));
            v.Check("df", t.DegreesOfFreedom);
            // T is oriented here; scipy's statistic of "less" is not.
            v.Check("statistic", direction == DesiredDirection.Increase ? t.Statistic : -t.Statistic);
            v.Check("p_value", t.PValue);
            v.Check("bound", t.Bound);
            v.Check("two_sided_p", t.TwoSidedPValue);
            Assert.Equal((bool)v.Expected["non_inferior"]!, t.IsNonInferior);
            Assert.Equal((bool)v.Expected["significantly_worse"]!, t.IsSignificantlyWorse);
        }
        else if (v.Method == "non_inferiority_z_ratio_contrast")
        {
            NonInferiorityResult z = NonInferiority.Relative(
                v.Binomial("control"), v.Binomial("treatment"), v.Number("nim"), direction, .05);
            v.Check("z", z.Statistic);
            v.Check("p_value", z.PValue);
        }
        else
        {
            NonInferiorityResult fm = NonInferiority.Score(
                v.Binomial("control"), v.Binomial("treatment"), v.Number("margin"), direction, .05);
            v.Check("z_fm", fm.Statistic);
            v.Check("p_fm", fm.PValue);
            NonInferiorityResult mn = NonInferiority.Score(
                v.Binomial("control"), v.Binomial("treatment"), v.Number("margin"), direction, .05, true);
            v.Check("z_mn", mn.Statistic);
            v.Check("p_mn", mn.PValue);
            (double pc, double pt) = ScoreIntervals.Constrained(
                v.Binomial("control"), v.Binomial("treatment"), -v.Number("margin"));
            v.Check("constrained_p_control", pc);
            v.Check("constrained_p_treatment", pt);
        }
    }

    private static MeanArm Stratum(JsonNode node, string arm) => new(
        (long)node[$"n_{arm}"]!, (double)node[$"mean_{arm}"]!, (double)node[$"var_{arm}"]!);

    private static RatioArm Ratio(JsonNode node) => RatioArm.FromCentred(
        (long)node["n"]!,
        0,
        0,
        (double)node["sum_num"]!,
        (double)node["sum_den"]!,
        (double)node["sum_num_sq"]!,
        (double)node["sum_den_sq"]!,
        (double)node["sum_num_den"]!);

    private static void Welch(Vector v) =>
        Effect(v, WelchTTest.Compute(v.Mean("control"), v.Mean("treatment"), v.Number("alpha"), v.Alternative));

    private static void Effect(Vector v, EffectEstimate e)
    {
        v.Check("effect", e.UpliftAbsolute);
        v.Check("se", e.StandardError);
        v.Check("df", e.DegreesOfFreedom);
        v.Check("statistic", e.Statistic);
        v.Check("p_value", e.PValue);
        v.Check("ci_low", e.CiLower);
        v.Check("ci_high", e.CiUpper);
    }

    private static void FromRows(Vector v)
    {
        // first, then pairs of the two alternating values: centred at the first row, as SQL does.
        double first = v.Number("first_value");
        double[] pair = [.. Doubles(v.Inputs["then_alternating"]!)];
        long pairs = (long)v.Number("pairs");
        double sum = pairs * ((pair[0] - first) + (pair[1] - first));
        double squares = pairs * (Math.Pow(pair[0] - first, 2) + Math.Pow(pair[1] - first, 2));
        MeanArm arm = MeanArm.FromCentred((2 * pairs) + 1, first, sum, squares);
        foreach ((string field, _) in v.Expected)
        {
            switch (field)
            {
                case "n":
                    Assert.Equal((long)v.Expected[field]!, arm.N);
                    break;
                case "mean":
                    v.Check(field, arm.Mean);
                    break;
                case "sd":
                    v.Check(field, Math.Sqrt(arm.Variance));
                    break;
                case "var":
                    // The certified value is of decimals; these inputs are doubles (the file's tolerance is on sd).
                    Assert.Equal((double)v.Expected[field]!, arm.Variance, 1e-10);
                    break;
                default:
                    Assert.Fail($"No test for {field}.");
                    break;
            }
        }
    }

    private static void DeltaZ(Vector v)
    {
        // A normal critical value: two arms so large that t is normal.
        const long n = 1_000_000_000_000;
        MeanArm Arm(string name) => new(
            n, (double)v.Inputs[name]!["mean"]!, n * (double)v.Inputs[name]!["var_of_mean"]!);
        RelativeEstimate delta = RelativeLift.Delta(Arm("control"), Arm("treatment"), .05);
        v.Check("lift", delta.Lift);
        v.Check("se", delta.StandardError);
        v.Check("ci_low", delta.Lower);
        v.Check("ci_high", delta.Upper);
    }

    private static void Fieller(Vector v)
    {
        RelativeInterval set = RelativeLift.Fieller(
            (double)v.Inputs["control"]!["mean"]!,
            (double)v.Inputs["control"]!["var_of_mean"]!,
            (double)v.Inputs["treatment"]!["mean"]!,
            (double)v.Inputs["treatment"]!["var_of_mean"]!,
            v.Number("critical"));
        v.Check("lift", set.Lift);
        if ((string)v.Expected["kind"]! == "exclusive")
        {
            Assert.Equal(Reasons.FiellerExclusive, set.Reason);
            Assert.Null(set.Lower);
            Assert.Null(set.Upper);
            v.Check("excluded_low", set.ExcludedLower);
            v.Check("excluded_high", set.ExcludedUpper);
        }
        else
        {
            Assert.Null(set.Reason);
            v.Check("ci_low", set.Lower);
            v.Check("ci_high", set.Upper);
        }
    }

    private static void FiellerWithCovariance(Vector v)
    {
        RelativeInterval set = RelativeLift.Fieller(
            (double)v.Inputs["denominator"]!["mean"]!,
            (double)v.Inputs["denominator"]!["var_of_mean"]!,
            (double)v.Inputs["numerator"]!["mean"]!,
            (double)v.Inputs["numerator"]!["var_of_mean"]!,
            v.Number("critical"),
            v.Number("cov_of_means"));
        v.Check("ratio", 1 + set.Lift);
        v.Check("ci_low_ratio", 1 + set.Lower);
        v.Check("ci_high_ratio", 1 + set.Upper);
    }

    private static void PooledZ(Vector v)
    {
        EffectEstimate e = Proportions(v, ProportionInterval.Wald);
        v.Check("effect", e.UpliftAbsolute);
        v.Check("z", e.Statistic);
        v.Check("p_value", e.PValue);
        v.Check("se_pooled", e.UpliftAbsolute / e.Statistic);
        if (v.Expected["se_unpooled"] is not null)
        {
            v.Check("se_unpooled", e.StandardError);
            v.Check("ci_low", e.CiLower);
            v.Check("ci_high", e.CiUpper);
        }
    }

    private static void Interval(Vector v, EffectEstimate e)
    {
        v.Check("effect", e.UpliftAbsolute);
        v.Check("ci_low", e.CiLower);
        v.Check("ci_high", e.CiUpper);
    }

    private static void SampleRatio(Vector v)
    {
        SampleRatioResult result = SampleRatioMismatch.Compute(
            [.. Longs(v.Inputs["observed"]!)], [.. Doubles(v.Inputs["weights"]!)]);
        v.Check(v.Expected["chi2"] is null ? "chi2_over_weighted_arms" : "chi2", result.ChiSquare);
        Assert.Equal((int)v.Expected["df"]!, result.DegreesOfFreedom);
        v.Check("p_value", result.PValue);
        Assert.Equal((bool)v.Expected["srm"]!, result.IsMismatch(v.Number("alpha")));
        if (v.Expected["adjusted_residuals"] is not null)
        {
            v.CheckAll("adjusted_residuals", result.Arms.Select(arm => arm.Residual));
        }

        if (v.Expected["units_in_zero_weight_arm"] is { } strays)
        {
            Assert.Equal((long)strays, result.UnitsWithoutWeight);
            Assert.Equal(Reasons.ZeroWeightArm, result.ReasonCode);
        }
    }

    private static void PowerOfProportions(Vector v)
    {
        double p1 = v.Number("p1");
        double p2 = v.Number("p2");
        double alpha = v.Number("alpha");
        if (v.Inputs["n_per_arm"] is not null)
        {
            v.Check("power", SampleSize.PowerForProportions(p1, p2, v.Number("n_per_arm"), alpha));
            v.Check("n_per_arm_for_power_0.9", SampleSize.ForProportions(p1, p2, alpha, .9));
        }
        else
        {
            v.Check("n_per_arm", SampleSize.ForProportions(p1, p2, alpha, v.Number("power")));
        }
    }

    private static EffectEstimate Proportions(Vector v, ProportionInterval interval) =>
        TwoProportionTest.Compute(v.Binomial("control"), v.Binomial("treatment"), v.Number("alpha"), interval);

    private static double?[] Adjust(string method, double?[] p) => method switch
    {
        "holm" => MultipleComparisons.Holm(p),
        "hochberg" => MultipleComparisons.Hochberg(p),
        "hommel" => MultipleComparisons.Hommel(p),
        "bonferroni" => MultipleComparisons.Bonferroni(p),
        "bh" => MultipleComparisons.BenjaminiHochberg(p),
        "by" => MultipleComparisons.BenjaminiYekutieli(p),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "No such correction."),
    };

    private static double?[] PValues(Vector v) => [.. v.Inputs["p"]!.AsArray().Select(node => (double?)node)];

    private static IEnumerable<double> Doubles(JsonNode node) => node.AsArray().Select(item => (double)item!);

    private static IEnumerable<long> Longs(JsonNode node) => node.AsArray().Select(item => (long)item!);

    private static IEnumerable<double[]> Pairs(Vector v, string field) =>
        v.Inputs[field]!.AsArray().Select(pair => Doubles(pair!).ToArray());
}

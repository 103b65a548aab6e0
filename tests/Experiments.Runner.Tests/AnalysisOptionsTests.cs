using Experiments.Runner.Analysis;
using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Tests;

/// <summary>Each option of the catalog reaches the statistic that it names, and the row says so.</summary>
public sealed class AnalysisOptionsTests
{
    private static readonly double[] s_control = [1, 2, 3, 4, 5, 6, 2.5, 3.5];
    private static readonly double[] s_treatment = [2, 3, 5, 4, 7, 6, 4.5, 3];

    [Fact]
    public void A_guardrail_has_its_margin_test_and_worse_beside_it()
    {
        MeanArm c = Arm(s_control);
        MeanArm t = Arm(s_treatment);
        MetricDefinition metric = Metric("mean") with { Role = MetricRole.Guardrail, Margin = .2, Direction = DesiredDirection.Decrease };

        ResultRow row = Row(metric, Mean("control", s_control), Mean("treatment", s_treatment));
        NonInferiorityResult expected = NonInferiority.Relative(c, t, .2, DesiredDirection.Decrease, .1);

        Assert.Equal((.2, "relative"), (row.Margin!.Value, row.MarginKind));
        Assert.Equal(expected.PValue!.Value, row.NonInferiorityPValue!.Value, 1e-12);
        Assert.Equal(expected.IsNonInferior, row.IsNonInferior);
        Assert.Equal(expected.IsSignificantlyWorse, row.IsWorse);
        Assert.Equal(row.IsNonInferior, row.NonInferiorityBound < .2);
    }

    [Fact]
    public void An_absolute_margin_superiority_and_equivalence_are_those_of_the_row()
    {
        MetricDefinition metric = Metric("mean") with
        {
            Margin = 1.5,
            Options = new MetricOptions { IsAbsoluteMargin = true, SuperiorityMargin = .5, EquivalenceMargin = 3 },
        };
        EffectMoments moments = EffectMoments.Of(Arm(s_control), Arm(s_treatment));

        ResultRow row = Row(metric, Mean("control", s_control), Mean("treatment", s_treatment));

        Assert.Equal("absolute", row.MarginKind);
        Assert.Equal(
            NonInferiority.Absolute(Arm(s_control), Arm(s_treatment), 1.5, DesiredDirection.Increase, .025).PValue!.Value,
            row.NonInferiorityPValue!.Value,
            1e-12);
        Assert.Equal(
            NonInferiority.Absolute(Arm(s_control), Arm(s_treatment), 1.5, DesiredDirection.Increase, .025).Bound!.Value,
            row.NonInferiorityBound!.Value,
            1e-9);
        Assert.Equal(
            Margins.Superior(moments, .5, false, DesiredDirection.Increase, .025).PValue, row.SuperiorityPValue);
        Assert.Equal(Margins.Equivalent(moments, 3, false, .025).PValue, row.EquivalencePValue);
        Assert.Contains("superiority_margin=0.5; equivalence_margin=3", row.Options, StringComparison.Ordinal);
    }

    [Fact]
    public void A_covariate_has_the_unadjusted_effect_beside_it()
    {
        ResultRow row = Row(
            Metric("mean"),
            Mean("control", s_control, [1, 2, 2, 4, 4, 6, 3, 3]),
            Mean("treatment", s_treatment, [1, 3, 4, 3, 6, 5, 4, 3]));
        EffectEstimate plain = WelchTTest.Compute(Arm(s_control), Arm(s_treatment), .05);

        Assert.Equal(Methods.CupedT, row.Method);
        Assert.Equal(plain.UpliftAbsolute!.Value, row.UnadjustedUpliftAbsolute!.Value, 1e-12);
        Assert.Equal(plain.StandardError!.Value, row.UnadjustedStandardError!.Value, 1e-12);
        Assert.Equal(plain.PValue!.Value, row.UnadjustedPValue!.Value, 1e-12);
        Assert.Equal(plain.CiLower!.Value, row.UnadjustedCiLower!.Value, 1e-12);
        Assert.Equal(
            1 - Math.Pow(row.StandardError!.Value / row.UnadjustedStandardError.Value, 2),
            row.VarianceReduction!.Value,
            1e-12);
        Assert.True(row.VarianceReduction > .5);
        Assert.Equal(0, row.MissingCovariateRate);
        Assert.NotNull(row.Theta);
        Assert.NotNull(row.CovariateImbalancePValue);
    }

    [Fact]
    public void A_ratio_with_its_ratio_before_is_adjusted()
    {
        (double M, double D, double X, double Z)[] control = [(2, 3, 1, 2), (1, 2, 1, 1), (4, 4, 3, 4), (3, 5, 2, 3), (2, 2, 1, 2)];
        (double M, double D, double X, double Z)[] treatment = [(3, 3, 2, 2), (2, 3, 1, 2), (5, 4, 4, 4), (4, 4, 2, 3), (2, 3, 2, 3)];
        AdjustedEstimate expected = Cuped.Compute(
            RatioCupedArm.FromRows(control), RatioCupedArm.FromRows(treatment), .05);

        ResultRow row = Row(Metric("ratio"), FourSums("control", control), FourSums("treatment", treatment));

        Assert.Equal(Methods.CupedRatioT, row.Method);
        Assert.Equal(expected.Effect.UpliftAbsolute!.Value, row.UpliftAbsolute!.Value, 1e-12);
        Assert.Equal(expected.Effect.PValue!.Value, row.PValue!.Value, 1e-12);
        Assert.Equal(expected.Unadjusted.PValue!.Value, row.UnadjustedPValue!.Value, 1e-12);
        Assert.Equal(expected.Theta![0], row.Theta!.Value, 1e-12);
    }

    [Fact]
    public void A_capped_metric_has_the_uncapped_effect_beside_it()
    {
        double[] raw = [.. s_treatment.Select(static value => value == 7 ? 70 : value)];
        MetricAggregate treatment = Mean("treatment", s_treatment) with
        {
            CapUpper = 7,
            CappedCount = 1,
            RawSum = raw.Sum(),
            RawSumSquared = raw.Sum(static value => value * value),
        };
        MetricAggregate control = Mean("control", s_control) with
        {
            CapUpper = 7,
            CappedCount = 0,
            RawSum = s_control.Sum(),
            RawSumSquared = s_control.Sum(static value => value * value),
        };
        EffectEstimate expected = WelchTTest.Compute(Arm(s_control), Arm(raw), .05);

        ResultRow row = Row(Metric("mean"), control, treatment);

        Assert.Equal((7.0, 1L), (row.CapUpper!.Value, row.CappedCount!.Value));
        Assert.Equal(raw.Average(), row.UncappedMean!.Value, 1e-12);
        Assert.Equal(expected.UpliftAbsolute!.Value, row.UncappedUpliftAbsolute!.Value, 1e-9);
        Assert.Equal(expected.PValue!.Value, row.UncappedPValue!.Value, 1e-9);
        Assert.Equal(WelchTTest.Compute(Arm(s_control), Arm(s_treatment), .05).PValue!.Value, row.PValue!.Value, 1e-12);
    }

    [Fact]
    public void Tests_and_intervals_by_name()
    {
        MetricAggregate control = Mean("control", s_control);
        MetricAggregate treatment = Mean("treatment", s_treatment);
        MeanArm c = Arm(s_control);
        MeanArm t = Arm(s_treatment);

        ResultRow student = Row(Metric("mean", new MetricOptions { TestMethod = TestMethod.StudentT }), control, treatment);
        ResultRow delta = Row(Metric("mean", new MetricOptions { LiftInterval = LiftInterval.Delta }), control, treatment);
        ResultRow logs = Row(Metric("mean", new MetricOptions { LiftInterval = LiftInterval.LogDelta }), control, treatment);
        ResultRow oneSided = Row(
            Metric("mean", new MetricOptions { IsOneSided = true }) with { Direction = DesiredDirection.Decrease },
            control,
            treatment);

        Assert.Equal(Methods.StudentT, student.Method);
        Assert.Equal(StudentTTest.Compute(c, t, .05).PValue, student.PValue);
        Assert.Contains("test_method=student_t", student.Options, StringComparison.Ordinal);
        Assert.Equal("welch_t+delta", delta.Method);
        Assert.Equal(RelativeLift.Delta(c, t, .05).Lower!.Value, delta.CiRelativeLower!.Value, 1e-12);
        Assert.False(delta.IntervalAgrees);
        Assert.Equal("welch_t+log_delta", logs.Method);
        Assert.Equal(RelativeLift.LogDelta(c, t, .05).Upper, logs.CiRelativeUpper);
        Assert.Equal(WelchTTest.Compute(c, t, .05, Alternative.Less).PValue, oneSided.PValue);
        Assert.Null(oneSided.CiLower);
        Assert.Contains("sidedness=one_sided", oneSided.Options, StringComparison.Ordinal);
    }

    [Fact]
    public void Ranks_are_tested_where_their_sums_are_kept()
    {
        MetricDefinition metric = Metric("mean", new MetricOptions { TestMethod = TestMethod.MannWhitney });
        RankSums sums = RankSums.FromValues(s_control, s_treatment);
        RankEstimate expected = MannWhitney.Compute(sums);
        AnalysisData data = Data(Mean("control", s_control), Mean("treatment", s_treatment));

        ResultRow none = Only(Compute(metric, data));
        ResultRow some = Only(Compute(
            metric, data with { Ranks = [new RankAggregate("m", 1, "treatment", sums)] }));

        Assert.Equal(RunReasons.NeedsRows, none.ReasonCode);
        Assert.Null(none.PValue);
        Assert.Equal(Methods.MannWhitney, some.Method);
        Assert.Equal(expected.PValue, some.PValue);
        Assert.Equal(expected.ProbabilityOfSuperiority, some.SuperiorityShare);
    }

    [Fact]
    public void A_prior_gives_a_posterior()
    {
        PriorDefinition normal = new(PriorKind.Normal, .01, .2, 1, 1) { Threshold = .05 };
        PosteriorEstimate expected = BayesianNormal.Relative(
            RelativeLift.Delta(EffectMoments.Of(Arm(s_control), Arm(s_treatment)), .05),
            new RelativePrior(.01, .04),
            .05,
            threshold: .05);
        ResultRow row = Row(
            Metric("mean", new MetricOptions { Prior = normal }), Mean("control", s_control), Mean("treatment", s_treatment));
        ResultRow rate = Row(
            Metric("proportion", new MetricOptions { Prior = new PriorDefinition(PriorKind.Beta, 0, 1, 2, 30) }),
            Rate("control", 100, 10),
            Rate("treatment", 100, 15));

        Assert.Equal(expected.ChanceToBeatControl, row.ChanceToBeatControl);
        Assert.Equal(expected.ExpectedLossTreatment, row.ExpectedLoss);
        Assert.Equal((expected.Lower, expected.Upper), (row.CredibleLower, row.CredibleUpper));
        Assert.Equal(expected.ChanceAboveThreshold, row.ChanceAboveThreshold);
        Assert.Equal("normal(0.01, 0.2) of the lift", row.Prior);
        Assert.Equal(
            BetaBinomial.Compute(new BinomialArm(100, 10), new BinomialArm(100, 15), new BetaPrior(2, 30), .05).ChanceToBeatControl,
            rate.ChanceToBeatControl);
    }

    [Theory]
    [InlineData(Correction.Bonferroni, "bonferroni", true)]
    [InlineData(Correction.Holm, "bonferroni", true)]
    [InlineData(Correction.Hommel, "marginal", false)]
    [InlineData(Correction.BenjaminiYekutieli, "false_coverage_rate", false)]
    [InlineData(Correction.Dunnett, "dunnett", true)]
    public void A_family_has_the_interval_that_goes_with_its_correction(
        Correction correction, string interval, bool isSimultaneous)
    {
        AnalysisOutcome outcome = Compute(
            [Metric("proportion")],
            Data(Rate("control", 4000, 400), Rate("treatment", 4000, 500), Rate("other", 4000, 520)),
            DecisionPolicy.Default with { Correction = correction });
        ResultRow row = outcome.Results.Single(one => one.VariationId == "treatment");
        EffectEstimate half = TwoProportionTest.Compute(new BinomialArm(4000, 400), new BinomialArm(4000, 500), .025);

        Assert.Equal((interval, isSimultaneous), (row.FamilyInterval, row.IsSimultaneous!.Value));
        Assert.Equal("m, over variations", row.FamilyName);
        Assert.True(row.AdjustedPValue >= row.PValue);
        if (interval == "bonferroni")
        {
            Assert.Equal(half.CiLower, row.FamilyCiLower);
            Assert.Equal(half.CiRelativeUpper, row.FamilyCiRelativeUpper);
        }
        else if (interval == "dunnett")
        {
            Assert.InRange(row.FamilyCiLower!.Value, half.CiLower!.Value - .0002, row.CiLower!.Value);
            Assert.NotNull(row.FamilyCiRelativeLower);
        }
    }

    [Fact]
    public void Families_go_over_the_variations_a_role_or_the_experiment()
    {
        MetricDefinition[] metrics =
        [
            Metric("proportion"),
            Metric("proportion") with { MetricId = "s1", Role = MetricRole.Secondary },
            Metric("proportion") with { MetricId = "s2", Role = MetricRole.Secondary },
            Metric("proportion") with { MetricId = "g", Role = MetricRole.Guardrail },
        ];
        AnalysisData data = Data([.. metrics.SelectMany(metric => new[]
        {
            Rate("control", 4000, 400) with { MetricId = metric.MetricId },
            Rate("treatment", 4000, 480) with { MetricId = metric.MetricId },
        })]);
        Dictionary<string, double> Factors(string family, Correction correction) => Compute(
            metrics, data, DecisionPolicy.Default with { Correction = correction, CorrectionFamily = family, PrimaryShare = .8 })
            .Results.Where(row => !row.IsControl)
            .ToDictionary(row => row.MetricId, row => Math.Round(row.AdjustedPValue!.Value / row.PValue!.Value, 9));

        Assert.All(Factors("variations", Correction.Bonferroni).Values, factor => Assert.Equal(1, factor));
        Assert.Equal([1, 2, 2, 1], new[] { "m", "s1", "s2", "g" }.Select(id => Factors("role", Correction.Bonferroni)[id]));
        Assert.Equal([3, 3, 3, 1], new[] { "m", "s1", "s2", "g" }.Select(id => Factors("experiment", Correction.Bonferroni)[id]));

        // gamma = .8: the primary at .8 alpha, the two others at .1 alpha each.
        Dictionary<string, double> preferential = Factors("experiment", Correction.PreferentialAlpha);
        Assert.Equal(1.25, preferential["m"], 1e-9);
        Assert.Equal(10, preferential["s1"], 1e-9);
    }

    [Fact]
    public void After_an_exclusion_the_units_that_are_left_are_a_gate_and_the_plan()
    {
        StageCount[] counts =
        [
            new("assigned", "control", 10000), new("assigned", "treatment", 10000),
            new("after_multi_variation", "control", 9900), new("after_multi_variation", "treatment", 9000),
            new("exposed", "control", 100), new("exposed", "treatment", 10),
        ];
        AnalysisOutcome outcome = Compute(
            Metric("proportion"),
            Data(Rate("control", 9900, 990), Rate("treatment", 9000, 900)) with { StageCounts = counts });

        Assert.Equal(["assigned", "after_multi_variation", "exposed"], outcome.SampleRatios.Select(row => row.Stage).Distinct());
        Assert.Equal("invalid", outcome.Summaries[0].Decision);
        GateRow gate = outcome.Gates.Single(gate => gate.Name == "sample_ratio_after_multi_variation");
        Assert.False(gate.Passed);
        Assert.Contains("control has 450 units more than expected", gate.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(outcome.Gates, one => one.Name == "sample_ratio_exposed");
        Assert.Equal(18900, outcome.Gates.Single(one => one.Name == "planned_units").Observed);
    }

    [Fact]
    public void While_it_runs_the_e_process_is_the_gate_and_at_the_end_chi_square()
    {
        StageCount[] counts =
        [
            .. Enumerable.Range(0, 10).SelectMany(static day => new StageCount[]
            {
                new("assigned", "control", 1000, 1, new DateTime(2025, 1, 1).AddDays(day)),
                new("assigned", "treatment", 1070, 1, new DateTime(2025, 1, 1).AddDays(day)),
            }),
        ];
        AnalysisData data = Data(Rate("control", 10000, 1000), Rate("treatment", 10700, 1070)) with { StageCounts = counts };
        SampleRatioLook expected = SampleRatioEProcess.Compute(
            [.. Enumerable.Range(0, 10).Select(static _ => new SampleRatioIncrement([1000, 1070], [.5, .5]))])[^1];

        GateRow running = Compute(Metric("proportion"), data with { Watermark = new DateTime(2025, 1, 11) })
            .Gates.Single(static gate => gate.Name == "sample_ratio_assigned");
        AnalysisOutcome ended = Compute(Metric("proportion"), data);

        Assert.Equal(expected.PValue, running.Observed);
        Assert.Contains("sequential p", running.Detail, StringComparison.Ordinal);
        Assert.Equal(ended.SampleRatios[0].PValue, ended.Gates.Single(static gate => gate.Name == "sample_ratio_assigned").Observed);
        Assert.Equal(expected.PValue, ended.SampleRatios[0].SequentialPValue);
    }

    [Fact]
    public void Units_in_an_arm_without_weight_fail_by_themselves()
    {
        AnalysisOutcome outcome = Compute(
            [Metric("proportion")],
            Data(Rate("control", 5000, 500), Rate("treatment", 5050, 505), Rate("other", 30, 3)),
            DecisionPolicy.Default,
            [new("control", true, .5), new("treatment", false, .5), new("other", false, 0)]);

        GateRow gate = outcome.Gates.First(gate => gate.Name == "sample_ratio_assigned");
        Assert.False(gate.Passed);
        Assert.Equal(Reasons.ZeroWeightArm, gate.ReasonCode);
        Assert.Equal(30, outcome.SampleRatios.First(row => row.VariationId == "other").UnitsWithoutWeight);
        Assert.Equal(Reasons.ZeroWeightArm, outcome.SampleRatios.First(row => row.VariationId == "other").ReasonCode);
    }

    [Fact]
    public void Values_that_are_missing_in_one_arm_make_the_metric_invalid()
    {
        AnalysisOutcome outcome = Compute(
            Metric("mean"),
            Data(
                new MetricAggregate("m", 1, "control", 1, 10000, 9000, 0, 9000, 18000, null),
                new MetricAggregate("m", 1, "treatment", 1, 10000, 8000, 0, 9000, 18000, null)));

        ResultRow row = Only(outcome);
        Assert.Equal(RunReasons.ValuedMismatch, row.ReasonCode);
        Assert.Null(row.PValue);
        Assert.Equal("inconclusive", outcome.Summaries[0].Decision);
    }

    [Fact]
    public void Values_of_a_dimension_are_compared_corrected_and_held_against_each_other()
    {
        // Simpson: better in each country, worse over all, since the treatment has more of the country with few sales.
        AnalysisSlice De() => new([Rate("control", 8000, 4000), Rate("treatment", 2000, 1080)]);
        AnalysisSlice At() => new([Rate("control", 2000, 200), Rate("treatment", 8000, 1040)]);
        AnalysisData data = Data(Rate("control", 10000, 4200), Rate("treatment", 10000, 2120)) with
        {
            Slices = [(new SliceKey("dimension", "country", "AT"), At()), (new SliceKey("dimension", "country", "DE"), De())],
        };

        AnalysisOutcome outcome = Compute(Metric("proportion"), data);
        SliceRow[] rows = [.. outcome.Slices.Where(slice => !slice.Row.IsControl)];
        HeterogeneityRow found = Assert.Single(outcome.Heterogeneity);
        double?[] holm = MultipleComparisons.Holm([.. rows.Select(slice => slice.Row.PValue)]);

        Assert.Equal(["AT", "DE"], rows.Select(slice => slice.Key.Value));
        Assert.Equal(
            TwoProportionTest.Compute(new BinomialArm(2000, 200), new BinomialArm(8000, 1040), .05).PValue, rows[0].Row.PValue);
        Assert.Equal(holm, rows.Select(slice => slice.Row.AdjustedPValue));
        Assert.Equal(
            Heterogeneity.Compute(rows.Select(slice => (slice.Row.UpliftAbsolute, slice.Row.StandardError))).Q, found.Q);
        Assert.Equal(Reasons.SignReversed, found.MixShift);
        Assert.Equal(.5 * .03 + .5 * .04, found.StratifiedUplift!.Value, 1e-12);
        Assert.Contains(outcome.Checks, check => check.Name == "mix_shift_country" && check.IsFlagged == true);
    }

    [Fact]
    public void Effects_beyond_belief_and_novelty_are_flagged()
    {
        AnalysisData data = Data(Rate("control", 10000, 1000), Rate("treatment", 10000, 1600)) with
        {
            History = [.. Enumerable.Range(0, 12).Select(i => new PastEffect("m", .01 * ((i % 5) - 2), .01))],
            Novelty =
            [
                new NoveltyAggregate("m", 1, "control", 1000, 0, 10), new NoveltyAggregate("m", 1, "treatment", 1000, -20, 10.4),
            ],
        };
        AnalysisOutcome outcome = Compute(Metric("proportion"), data);

        CheckRow surprise = outcome.Checks.Single(check => check.Name == "implausible_effect");
        CheckRow novelty = outcome.Checks.Single(check => check.Name == "novelty");
        Assert.True(surprise.IsFlagged);
        Assert.Contains("look for a bug", surprise.Detail, StringComparison.Ordinal);
        Assert.True(novelty.IsFlagged);
        Assert.Equal(-.02, novelty.Observed!.Value, 1e-12);
        Assert.Equal("ship", outcome.Summaries[0].Decision);
    }

    [Fact]
    public void In_mode_exposed_the_effect_is_carried_to_all_units()
    {
        StageCount[] counts =
        [
            new("assigned", "control", 10000), new("assigned", "treatment", 10000), new("exposed", "control", 2500),
            new("exposed", "treatment", 2500),
        ];
        AnalysisOutcome outcome = Compute(
            Metric("proportion"),
            Data(Rate("control", 2500, 250), Rate("treatment", 2500, 300)) with { Mode = "exposed", StageCounts = counts });

        CheckRow row = outcome.Checks.Single(check => check.Name == "dilution");
        Assert.Equal(.02 / 4, row.Observed!.Value, 1e-12);
        Assert.Equal(false, row.IsFlagged);
    }

    private static MetricDefinition Metric(string type, MetricOptions? options = null) =>
        new("m", 1, type, DesiredDirection.Increase, MetricRole.Primary, null) { Options = options ?? MetricOptions.None };

    private static MeanArm Arm(double[] values) => MeanArm.FromCentred(
        values.Length, 0, values.Sum(), values.Sum(static value => value * value));

    private static MetricAggregate Mean(string variation, double[] values, double[]? covariates = null) => new(
        "m", 1, variation, 1, values.Length, values.Length, 0, values.Sum(), values.Sum(static value => value * value), null)
    {
        Covariate = covariates is null
            ? null
            : new PartSums(
                0,
                covariates.Sum(),
                covariates.Sum(static value => value * value),
                covariates.Zip(values, static (x, y) => x * y).Sum()),
    };

    private static MetricAggregate FourSums(string variation, (double M, double D, double X, double Z)[] rows) => new(
        "m", 1, variation, 1, rows.Length, rows.Length, 0, rows.Sum(static r => r.M), rows.Sum(static r => r.M * r.M), null)
    {
        Denominator = new PartSums(
            0, rows.Sum(static r => r.D), rows.Sum(static r => r.D * r.D), rows.Sum(static r => r.M * r.D)),
        Covariate = new PartSums(
            0, rows.Sum(static r => r.X), rows.Sum(static r => r.X * r.X), rows.Sum(static r => r.M * r.X)),
        RatioCovariate = new RatioCovariateSums(
            0,
            rows.Sum(static r => r.Z),
            rows.Sum(static r => r.Z * r.Z),
            rows.Sum(static r => r.M * r.Z),
            rows.Sum(static r => r.D * r.Z),
            rows.Sum(static r => r.X * r.Z),
            rows.Sum(static r => r.D * r.X)),
    };

    private static MetricAggregate Rate(string variation, long units, long successes) =>
        new("m", 1, variation, 1, units, units, 0, successes, successes, successes);

    private static AnalysisData Data(params MetricAggregate[] rows) => new(
        "itt",
        new DateTime(2025, 3, 1),
        rows,
        [.. rows.Where(row => row.MetricId == rows[0].MetricId)
            .Select(static row => new StageCount("assigned", row.VariationId, row.AssignedCount))],
        true,
        0);

    private static ResultRow Row(MetricDefinition metric, params MetricAggregate[] rows) =>
        Only(Compute(metric, Data(rows)));

    private static ResultRow Only(AnalysisOutcome outcome) => outcome.Results.Single(static row => !row.IsControl);

    private static AnalysisOutcome Compute(MetricDefinition metric, AnalysisData data) =>
        Compute([metric], data, DecisionPolicy.Default);

    private static AnalysisOutcome Compute(
        MetricDefinition[] metrics, AnalysisData data, DecisionPolicy policy, VariationDefinition[]? variations = null)
    {
        string[] ids = [.. data.Aggregates.Select(static row => row.VariationId).Distinct(StringComparer.Ordinal)];
        return AnalysisComputer.Compute(
            new ExperimentDefinition(
                "exp",
                "exp",
                "itt",
                new DateTime(2025, 2, 1),
                18000,
                policy,
                variations ?? [.. ids.Select(id => new VariationDefinition(id, id == "control", 1.0 / ids.Length))],
                metrics,
                "hash"),
            data);
    }
}

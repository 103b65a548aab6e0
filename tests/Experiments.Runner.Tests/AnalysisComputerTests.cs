using Experiments.Runner.Analysis;
using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Tests;

public sealed class AnalysisComputerTests
{
    [Fact]
    public void A_control_row_has_no_comparison_and_says_control()
    {
        AnalysisOutcome outcome = Compute(Proportion("control", 10000, 1000), Proportion("treatment", 10000, 1150));

        ResultRow control = outcome.Results.Single(row => row.IsControl);
        Assert.Equal("control", control.ReasonCode);
        Assert.Null(control.UpliftAbsolute);
        Assert.Null(control.PValue);
        Assert.Null(control.CiLower);
        Assert.Null(control.EffectSize);
        Assert.Equal(.1, control.Mean);
        Assert.Equal(.3, control.StandardDeviation!.Value, 1e-12);
    }

    [Fact]
    public void A_treatment_row_has_the_test_of_its_type()
    {
        AnalysisOutcome outcome = Compute(Proportion("control", 10000, 1000), Proportion("treatment", 10000, 1150));

        ResultRow row = outcome.Results.Single(row => row.VariationId == "treatment");
        Assert.Equal(Methods.TwoProportionZPooled, row.Method);
        Assert.Equal(.015, row.UpliftAbsolute!.Value, 1e-12);
        Assert.Equal(.15, row.UpliftRelative!.Value, 1e-12);
        Assert.True(row.CiRelativeLower > 0);
        Assert.Equal(row.PValue, row.AdjustedPValue);
        Assert.True(row.IntervalAgrees);
        Assert.True(row.MdeRelative > 0);
        Assert.Equal("ship", Assert.Single(outcome.Summaries).Decision);
        Assert.NotEmpty(outcome.Gates);
    }

    [Fact]
    public void Mismatching_counts_make_the_decision_invalid()
    {
        AnalysisOutcome outcome = Compute(Proportion("control", 10000, 1000), Proportion("treatment", 9000, 1150));

        Assert.Equal("invalid", Assert.Single(outcome.Summaries).Decision);
        Assert.True(outcome.SampleRatios.First(row => row.Stage == "assigned").PValue < .001);
    }

    [Fact]
    public void An_exposed_mismatch_is_reported_but_gates_the_exposed_mode_only()
    {
        StageCount[] counts =
        [
            new("assigned", "control", 10000), new("assigned", "treatment", 10000),
            new("exposed", "control", 9000), new("exposed", "treatment", 8000),
        ];
        MetricAggregate[] rows = [Proportion("control", 10000, 1000), Proportion("treatment", 10000, 1150)];

        AnalysisOutcome itt = Compute(Data("itt", counts, rows));
        AnalysisOutcome exposed = Compute(Data("exposed", counts, rows));

        Assert.Equal(4, itt.SampleRatios.Count);
        Assert.Equal("ship", itt.Summaries[0].Decision);
        Assert.Equal("invalid", exposed.Summaries[0].Decision);
    }

    [Theory]
    [InlineData(1, 1, "too_few_units")]
    [InlineData(0, 100, "no_data")]
    public void Too_few_units_have_a_reason_and_no_number(long control, long treatment, string reason)
    {
        AnalysisOutcome outcome = Compute(
            Proportion("control", control, 0), Proportion("treatment", treatment, treatment));

        ResultRow row = outcome.Results.Single(row => row.VariationId == "treatment");
        Assert.Equal(reason, row.ReasonCode);
        Assert.Null(row.PValue);
        Assert.Null(row.UpliftAbsolute);
        Assert.NotEqual("ship", outcome.Summaries[0].Decision);
    }

    [Fact]
    public void A_metric_without_any_aggregate_has_no_data()
    {
        AnalysisOutcome outcome = Compute(Data(
            "itt", [new("assigned", "control", 10), new("assigned", "treatment", 10)], []));

        Assert.Equal("no_data", outcome.Results.Single(row => row.VariationId == "treatment").ReasonCode);
    }

    [Fact]
    public void Aggregates_of_another_version_are_not_read()
    {
        AnalysisOutcome outcome = Compute(
            Proportion("control", 10000, 1000),
            Proportion("treatment", 10000, 1150),
            Proportion("treatment", 10000, 1150) with { MetricVersion = 2 });

        Assert.Equal(10000, outcome.Results.Single(row => row.VariationId == "treatment").UnitCount);
    }

    /// <summary>A ramp from 95:5 to 50:50 with rates of 10 % and 12 %: pooled, the treatment would look better.</summary>
    [Fact]
    public void Weights_that_changed_are_strata_of_a_proportion()
    {
        AnalysisOutcome outcome = Compute(
            Proportion("control", 9500, 950),
            Proportion("treatment", 500, 50),
            Proportion("control", 5000, 600) with { WeightEpoch = 2 },
            Proportion("treatment", 5000, 600) with { WeightEpoch = 2 });

        ResultRow row = outcome.Results.Single(row => row.VariationId == "treatment");
        Assert.Equal(Methods.PostStratifiedZ, row.Method);
        Assert.Equal(0, row.UpliftAbsolute!.Value, 1e-12);
        Assert.Equal(1, row.PValue!.Value, 1e-9);
    }

    [Fact]
    public void Counts_are_held_against_the_weights_of_their_epoch()
    {
        StageCount[] counts =
        [
            .. new[] { "assigned", "exposed" }.SelectMany(static stage => new StageCount[]
            {
                new(stage, "control", 9500), new(stage, "treatment", 500),
                new(stage, "control", 5000, 2), new(stage, "treatment", 5000, 2),
            }),
        ];
        AnalysisData data = Data("itt", counts, [Proportion("control", 14500, 1450), Proportion("treatment", 5500, 550)]);

        double? changed = Compute(data with
        {
            EpochWeights =
            [
                new(1, "control", .95), new(1, "treatment", .05), new(2, "control", .5), new(2, "treatment", .5),
            ],
        }).SampleRatios[0].PValue;

        Assert.Equal(1, changed!.Value, 1e-9);
        Assert.True(Compute(data).SampleRatios[0].PValue < 1e-9);
    }

    [Theory]
    [InlineData("ratio")]
    [InlineData("mean")]
    public void Units_with_a_denominator_are_compared_as_ratios(string type)
    {
        (double, double)[] control = [(1, 2), (0, 1), (4, 4), (2, 3)];
        (double, double)[] treatment = [(2, 2), (3, 3), (1, 2), (5, 4)];
        EffectEstimate expected = RatioTest.Compute(RatioArm.FromRows(control), RatioArm.FromRows(treatment), .05);

        ResultRow row = Compute(
            Data("itt", [], [Ratio("control", control), Ratio("treatment", treatment)]), type)
            .Results.Single(row => row.VariationId == "treatment");

        Assert.Equal(Methods.RatioDeltaT, row.Method);
        Assert.Equal(expected.UpliftAbsolute!.Value, row.UpliftAbsolute!.Value, 1e-12);
        Assert.Equal(expected.PValue!.Value, row.PValue!.Value, 1e-12);
        Assert.Equal(11.0 / 11, row.Mean!.Value, 1e-12);
    }

    /// <summary>Each epoch compared by itself, weighted by its units: (8/16) 1 + (8/16) 2 for effects of 1 and 2.</summary>
    [Fact]
    public void A_ratio_whose_weights_changed_is_stratified_by_epoch()
    {
        (double, double)[] low = [(1, 1), (2, 2), (3, 2), (2, 3)];
        (double, double)[] high = [.. low.Select(static row => (row.Item1 + row.Item2, row.Item2))];
        (double, double)[] higher = [.. low.Select(static row => (row.Item1 + (2 * row.Item2), row.Item2))];

        ResultRow row = Compute(
            Data(
                "itt",
                [],
                [
                    Ratio("control", low), Ratio("treatment", high), Ratio("control", low) with { WeightEpoch = 2 },
                    Ratio("treatment", higher) with { WeightEpoch = 2 },
                ]),
            "ratio").Results.Single(row => row.VariationId == "treatment");

        Assert.Equal(1.5, row.UpliftAbsolute!.Value, 1e-12);
        Assert.Null(row.ReasonCode);
    }

    [Fact]
    public void A_covariate_adjusts_the_mean()
    {
        (double, double)[] control = [(1, 2), (0, 1), (4, 4), (2, 3)];
        (double, double)[] treatment = [(2, 2), (3, 3), (1, 2), (5, 4)];
        EffectEstimate expected = Cuped.Compute(Covaried(control), Covaried(treatment), .05).Effect;
        MetricAggregate Row(string variation, (double, double)[] rows) =>
            Ratio(variation, rows) is var row ? row with { Denominator = null, Covariate = row.Denominator } : row;

        ResultRow row = Compute(
            Data("itt", [], [Row("control", control), Row("treatment", treatment)]), "mean")
            .Results.Single(row => row.VariationId == "treatment");

        Assert.Equal(Methods.CupedT, row.Method);
        Assert.Equal(expected.UpliftAbsolute!.Value, row.UpliftAbsolute!.Value, 1e-12);
        Assert.Equal(expected.PValue!.Value, row.PValue!.Value, 1e-12);

        static CupedArm Covaried((double, double)[] rows) => RatioArm.FromRows(rows) is var r
            ? new CupedArm(r.N, r.Numerator, r.Denominator, r.NumeratorVariance, r.DenominatorVariance, r.Covariance)
            : default;
    }

    [Fact]
    public void A_degenerate_cap_is_a_reason()
    {
        ResultRow row = Compute(
            Proportion("control", 100, 10), Proportion("treatment", 100, 12) with { CapReason = "cap_degenerate" })
            .Results.Single(row => row.VariationId == "treatment");

        Assert.Equal("cap_degenerate", row.ReasonCode);
        Assert.Null(row.PValue);
    }

    [Fact]
    public void A_quantile_has_the_test_of_quantiles_or_a_reason()
    {
        QuantileArm c = new(10000, 100, 98, 102, 2.5e-5);
        QuantileArm t = new(10000, 110, 108, 113, 2.5e-5);
        AnalysisData data = Data("itt", [], [Proportion("control", 5000, 0), Proportion("treatment", 5000, 0)]);

        ResultRow none = Compute(data, "quantile").Results.Single(row => row.VariationId == "treatment");
        ResultRow some = Compute(
            data with
            {
                Quantiles =
                [
                    new QuantileAggregate("conversion", 1, "control", .5, 5000, c),
                    new QuantileAggregate("conversion", 1, "treatment", .5, 5000, t),
                ],
            },
            "quantile").Results.Single(row => row.VariationId == "treatment");

        Assert.Equal(Reasons.NoData, none.ReasonCode);
        Assert.Equal(Methods.QuantileZ, some.Method);
        Assert.Equal(10, some.UpliftAbsolute);
        Assert.Equal(110, some.Mean);
        Assert.Equal(QuantileDifference.Compute(c, t, .5, .05).PValue, some.PValue);
    }

    [Fact]
    public void Times_to_event_are_compared_by_log_rank_over_all_epochs()
    {
        AnalysisData data = Data("itt", [], [Proportion("control", 50, 0), Proportion("treatment", 50, 0)]) with
        {
            RiskSets =
            [
                new RiskSetAggregate("conversion", 1, "treatment", 20, 15, 6),
                new RiskSetAggregate("conversion", 1, "treatment", 10, 8, 3),
            ],
        };

        ResultRow row = Compute(data, "time_to_event").Results.Single(row => row.VariationId == "treatment");

        Assert.Equal(Methods.LogRank, row.Method);
        Assert.Equal(7 / Math.Sqrt(9), row.TestStatistic!.Value, 1e-12);
        Assert.Equal(Math.Exp(7.0 / 9) - 1, row.UpliftRelative!.Value, 1e-12);
    }

    /// <summary>Two countries with a quantile of their own, one without events, and a day.</summary>
    [Fact]
    public void A_quantile_by_dimension_has_its_test_and_the_values_are_compared()
    {
        QuantileArm c = new(10000, 100, 98, 102, 2.5e-5);
        QuantileArm up = new(10000, 110, 108, 113, 2.5e-5);
        QuantileArm same = new(10000, 101, 99, 104, 2.5e-5);
        AnalysisData data = Sliced(
            ("AT", new AnalysisSlice(Arms(5000)) { Quantiles = [Quantile("control", c), Quantile("treatment", up)] }),
            ("DE", new AnalysisSlice(Arms(4000)) { Quantiles = [Quantile("control", c), Quantile("treatment", same)] }),
            ("FR", new AnalysisSlice(Arms(10)))) with
        {
            Quantiles = [Quantile("control", c), Quantile("treatment", up)],
        };

        AnalysisOutcome outcome = Compute(data, "quantile");
        ResultRow[] rows = [.. new[] { "AT", "DE", "FR" }.Select(value => Treated(outcome, value))];

        Assert.Equal(10, rows[0].UpliftAbsolute);
        Assert.Equal(110, rows[0].Mean);
        Assert.Equal(QuantileDifference.Compute(c, up, .5, .05).PValue, rows[0].PValue);
        Assert.Equal(QuantileDifference.Compute(c, same, .5, .05).CiUpper, rows[1].CiUpper);
        Assert.Equal((null, Reasons.NoData), (rows[2].PValue, rows[2].ReasonCode));
        Assert.Equal(RunReasons.NeedsRows, Treated(outcome, "2025-02-02").ReasonCode);

        // Two effects 10 and 1 whose variances are v and w: Q = 81/(v + w). A quantile of all is no mean of quantiles.
        HeterogeneityRow q = Assert.Single(outcome.Heterogeneity);
        double v = rows[0].StandardError!.Value * rows[0].StandardError!.Value;
        double w = rows[1].StandardError!.Value * rows[1].StandardError!.Value;
        Assert.Equal((2, 1), (q.ValueCount, q.DegreesOfFreedom!.Value));
        Assert.Equal(81 / (v + w), q.Q!.Value, 1e-9);
        Assert.Equal((null, null), (q.StratifiedUplift, q.MixShift));
        Assert.Equal(Reasons.NotEvaluable, q.ReasonCode);
    }

    [Fact]
    public void A_run_that_kept_quantiles_of_all_units_only_needs_rows_by_dimension()
    {
        QuantileArm arm = new(10000, 100, 98, 102, 2.5e-5);
        AnalysisData data = Sliced(("AT", new AnalysisSlice(Arms(5000)))) with
        {
            Quantiles = [Quantile("control", arm), Quantile("treatment", arm)],
        };

        Assert.Equal(RunReasons.NeedsRows, Treated(Compute(data, "quantile"), "AT").ReasonCode);
        Assert.Equal(
            RunReasons.NeedsRows,
            Treated(Compute(data with { KeepsDimensions = false, Quantiles = [] }, "quantile"), "AT").ReasonCode);
        Assert.Equal(
            Reasons.NoData, Treated(Compute(data with { Quantiles = [] }, "quantile"), "AT").ReasonCode);
    }

    [Fact]
    public void Times_to_event_by_dimension_have_the_log_rank_test_and_no_heterogeneity()
    {
        AnalysisOutcome outcome = Compute(
            Sliced(
                ("AT", new AnalysisSlice(Arms(50))
                {
                    RiskSets =
                    [
                        new RiskSetAggregate("conversion", 1, "treatment", 20, 15, 6),
                        new RiskSetAggregate("conversion", 1, "treatment", 10, 8, 3),
                    ],
                }),
                ("DE", new AnalysisSlice(Arms(50))
                {
                    RiskSets = [new RiskSetAggregate("conversion", 1, "treatment", 9, 12, 9)],
                })),
            "time_to_event");

        Assert.Equal(7 / Math.Sqrt(9), Treated(outcome, "AT").TestStatistic!.Value, 1e-12);
        Assert.Equal(-1, Treated(outcome, "DE").TestStatistic!.Value, 1e-12);
        Assert.Equal(Reasons.NotEvaluable, Assert.Single(outcome.Heterogeneity).ReasonCode);
        Assert.Null(outcome.Heterogeneity[0].Q);
    }

    /// <summary>
    /// 3 won of 4 pairs; a value of the dimension in which nobody is; and ranks that were asked for after the run.
    /// </summary>
    [Fact]
    public void Ranks_by_dimension_have_their_test_where_they_were_kept()
    {
        RankAggregate ranks = new("conversion", 1, "treatment", new RankSums(200, 200, 30000, 0));
        AnalysisData data = Sliced(
            ("AT", new AnalysisSlice(Arms(200)) { Ranks = [ranks] }), ("DE", new AnalysisSlice(Arms(0))));

        AnalysisOutcome kept = Compute(data with { Ranks = [ranks] }, "mean", TestMethod.MannWhitney);
        AnalysisOutcome later = Compute(Sliced(("AT", new AnalysisSlice(Arms(200)))), "mean", TestMethod.MannWhitney);

        Assert.Equal(MannWhitney.Compute(ranks.Sums, Alternative.TwoSided).PValue, Treated(kept, "AT").PValue);
        Assert.Equal(.75, Treated(kept, "AT").SuperiorityShare!.Value, 1e-12);
        Assert.Equal(Reasons.NoData, Treated(kept, "DE").ReasonCode);
        Assert.Equal(RunReasons.NeedsRows, Treated(kept, "2025-02-02").ReasonCode);
        Assert.Equal(RunReasons.NeedsRows, Treated(later, "AT").ReasonCode);
    }

    private static MetricAggregate[] Arms(long units) =>
        [Proportion("control", units, 0), Proportion("treatment", units, 0)];

    private static QuantileAggregate Quantile(string variation, QuantileArm arm) =>
        new("conversion", 1, variation, .5, 5000, arm);

    private static AnalysisData Sliced(params (string Value, AnalysisSlice Slice)[] countries) =>
        Data("itt", [], Arms(9000)) with
        {
            KeepsDimensions = true,
            Slices =
            [
                (new SliceKey(SliceKey.DayKind, string.Empty, "2025-02-02"), new AnalysisSlice(Arms(100))),
                .. countries.Select(one => (new SliceKey(SliceKey.DimensionKind, "country", one.Value), one.Slice)),
            ],
        };

    private static ResultRow Treated(AnalysisOutcome outcome, string value) => outcome.Slices
        .Single(slice => slice.Key.Value == value && slice.Row.VariationId == "treatment").Row;

    private static MetricAggregate Ratio(string variation, (double Y, double D)[] rows) =>
        new("conversion", 1, variation, 1, rows.Length, rows.Length, 0, rows.Sum(static r => r.Y),
            rows.Sum(static r => r.Y * r.Y), null)
        {
            Denominator = new PartSums(
                0, rows.Sum(static r => r.D), rows.Sum(static r => r.D * r.D), rows.Sum(static r => r.Y * r.D)),
        };

    private static MetricAggregate Proportion(string variation, long units, long successes) =>
        new("conversion", 1, variation, 1, units, units, 0, successes, successes, successes);

    private static AnalysisData Data(string mode, StageCount[] counts, MetricAggregate[] rows) =>
        new(mode, new DateTime(2025, 3, 1), rows, counts, true, 0);

    private static AnalysisOutcome Compute(params MetricAggregate[] rows) => Compute(Data(
        "itt",
        [.. new[] { "assigned", "exposed" }.SelectMany(stage => rows.Where(row => row.MetricVersion == 1).Select(
            row => new StageCount(stage, row.VariationId, row.UnitCount)))],
        rows));

    private static AnalysisOutcome Compute(
        AnalysisData data, string type = "proportion", TestMethod? test = null) => AnalysisComputer.Compute(
        new ExperimentDefinition(
            "exp",
            "exp",
            "itt",
            new DateTime(2025, 2, 1),
            20000,
            DecisionPolicy.Default,
            [new VariationDefinition("control", true, .5), new VariationDefinition("treatment", false, .5)],
            [new MetricDefinition(
                "conversion", 1, type, DesiredDirection.Increase, MetricRole.Primary, null)
            {
                Options = MetricOptions.None with { TestMethod = test },
            }],
            "hash"),
        data,
        ProportionInterval.Score);
}

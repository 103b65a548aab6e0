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

    [Fact]
    public void Weights_that_changed_leave_no_comparison()
    {
        AnalysisOutcome outcome = Compute(
            Proportion("control", 10000, 1000),
            Proportion("treatment", 5000, 550),
            Proportion("treatment", 5000, 600) with { WeightEpoch = 2 });

        Assert.Equal("weights_changed", outcome.Results.Single(row => row.VariationId == "treatment").ReasonCode);
    }

    private static MetricAggregate Proportion(string variation, long units, long successes) =>
        new("conversion", 1, variation, 1, units, units, 0, successes, successes, successes);

    private static AnalysisData Data(string mode, StageCount[] counts, MetricAggregate[] rows) =>
        new(mode, new DateTime(2025, 3, 1), rows, counts, true, 0);

    private static AnalysisOutcome Compute(params MetricAggregate[] rows) => Compute(Data(
        "itt",
        [.. new[] { "assigned", "exposed" }.SelectMany(stage => rows.Where(row => row.MetricVersion == 1).Select(
            row => new StageCount(stage, row.VariationId, row.UnitCount)))],
        rows));

    private static AnalysisOutcome Compute(AnalysisData data) => AnalysisComputer.Compute(
        new ExperimentDefinition(
            "exp",
            "exp",
            "itt",
            new DateTime(2025, 2, 1),
            20000,
            DecisionPolicy.Default,
            [new VariationDefinition("control", true, .5), new VariationDefinition("treatment", false, .5)],
            [new MetricDefinition(
                "conversion", 1, "proportion", DesiredDirection.Increase, MetricRole.Primary, null)],
            "hash"),
        data,
        ProportionInterval.Score);
}

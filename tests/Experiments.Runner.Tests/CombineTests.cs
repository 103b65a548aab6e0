using System.Globalization;
using System.Text.Json;
using Experiments.Runner.Analysis;
using Experiments.Statistics;

namespace Experiments.Runner.Tests;

/// <summary>Effects over experiments: fixed, random, shrunk, and what shipped ones add up to.</summary>
public sealed class CombineTests(EmptyDatabaseFixture databases) : IClassFixture<EmptyDatabaseFixture>
{
    private const double Normal = 1.959963984540054;

    // Six log lifts and their errors; what the tests expect of them is computed here from the definitions.
    private static readonly (double Log, double Error)[] s_effects =
        [(.10, .02), (.02, .015), (-.03, .03), (.05, .01), (.20, .04), (.00, .02)];

    [Fact]
    public async Task Published_effects_are_combined_and_shipped_ones_shrunk()
    {
        using TestFolder folder = databases.Create();
        for (int i = 0; i < s_effects.Length; i++)
        {
            await PublishAsync(folder, i, s_effects[i], i is 0 or 4);
        }

        RunnerResult result = await folder.SucceedAsync("combine", "--metric", "m", "--format", "json");
        using JsonDocument document = JsonDocument.Parse(result.Output);
        JsonElement combined = document.RootElement.GetProperty("combined");
        JsonElement effects = document.RootElement.GetProperty("effects");

        double total = s_effects.Sum(static e => 1 / (e.Error * e.Error));
        double mean = s_effects.Sum(static e => e.Log / (e.Error * e.Error)) / total;
        Assert.Equal(Math.Exp(mean) - 1, combined[0].GetProperty("lift").GetDouble(), 1e-9);
        Assert.Equal(Math.Exp(mean + (Normal / Math.Sqrt(total))) - 1, combined[0].GetProperty("ci_upper").GetDouble(), 1e-9);
        double q = s_effects.Sum(e => (e.Log - mean) * (e.Log - mean) / (e.Error * e.Error));
        Assert.Equal(q, combined[0].GetProperty("q_statistic").GetDouble(), 1e-6);

        // Paule and Mandel: the variance at which the weighted squares are k - 1.
        double tau = combined[1].GetProperty("tau").GetDouble();
        double weights = s_effects.Sum(e => 1 / ((e.Error * e.Error) + (tau * tau)));
        double random = s_effects.Sum(e => e.Log / ((e.Error * e.Error) + (tau * tau))) / weights;
        Assert.Equal(5, s_effects.Sum(e => (e.Log - random) * (e.Log - random) / ((e.Error * e.Error) + (tau * tau))), 1e-6);
        Assert.Equal(Math.Exp(random) - 1, combined[1].GetProperty("lift").GetDouble(), 1e-9);

        // The posterior mean under N(random, tau^2), and the product of the shipped ones.
        double Shrunk(int i) => random + (tau * tau / ((tau * tau) + (s_effects[i].Error * s_effects[i].Error)) * (s_effects[i].Log - random));
        Assert.Equal(Math.Exp(Shrunk(4)) - 1, effects[4].GetProperty("shrunk_lift").GetDouble(), 1e-9);
        Assert.Equal(Math.Exp(Shrunk(0) + Shrunk(4)) - 1, combined[2].GetProperty("lift").GetDouble(), 1e-9);
        Assert.Equal(Math.Exp(.3) - 1, combined[2].GetProperty("naive_lift").GetDouble(), 1e-9);
        Assert.Equal(2, combined[2].GetProperty("experiment_count").GetInt32());

        // A choice is combined by itself, and shrunk by the history of all.
        using JsonDocument some = JsonDocument.Parse(
            (await folder.SucceedAsync("combine", "--metric", "m", "--experiments", "e0,e4", "--format", "json")).Output);
        Assert.Equal("too_few_experiments", some.RootElement.GetProperty("combined")[1].GetProperty("reason_code").GetString());
        Assert.Equal(
            effects[4].GetProperty("shrunk_lift").GetDouble(),
            some.RootElement.GetProperty("effects")[1].GetProperty("shrunk_lift").GetDouble());
        Assert.Contains("cumulative impact", (await folder.SucceedAsync("combine", "--metric", "m")).Output, StringComparison.Ordinal);

        RunnerResult unknown = await folder.RunAsync("combine", "--metric", "m", "--experiments", "e0,nothing");
        Assert.Equal((1, "Experiment 'nothing' has no finished analysis of the metric 'm'."), (unknown.ExitCode, unknown.ErrorSentence));
        Assert.Equal(1, (await folder.RunAsync("combine", "--metric", "nothing")).ExitCode);
    }

    [Fact]
    public void Variations_of_one_experiment_count_once_with_the_control_they_share()
    {
        // Two variations with errors .03 and .04, of whose variances .0004 is the control's.
        PublishedEffect[] effects = [Effect("a", "t1", .10, .03, .0004), Effect("a", "t2", .04, .04, .0004)];

        CombinedEffects combined = EffectCombiner.Combine(effects, null, .05);

        Assert.Equal(1, combined.Fixed.Experiments);
        Assert.Equal(.07, combined.Fixed.Effect!.Value, 1e-12);
        Assert.Equal(Math.Sqrt(.0009 + .0016 + (2 * .0004)) / 2, combined.Fixed.StandardError!.Value, 1e-12);
        Assert.All(combined.Effects, static row => Assert.Equal(Reasons.TooFewExperiments, row.Reason));
    }

    [Fact]
    public void An_effect_without_a_two_sided_interval_is_left_out_with_its_reason()
    {
        PublishedEffect none = Effect("a", "t", .1, .02, null) with { Lower = null, Reason = null };
        PublishedEffect refused = none with { ExperimentId = "b", Lift = null, Reason = Reasons.ZeroVariance };

        CombinedEffects combined = EffectCombiner.Combine([none, refused, Effect("c", "t", .1, .02, null)], null, .05);

        Assert.Equal(1, combined.Fixed.Experiments);
        Assert.Equal(
            [Reasons.NotEvaluable, Reasons.ZeroVariance, Reasons.TooFewExperiments],
            combined.Effects.Select(static row => row.Reason));
        Assert.Equal(Reasons.NoData, combined.ImpactReason);
    }

    private static PublishedEffect Effect(string experiment, string variation, double log, double error, double? shared) => new(
        experiment, variation, Math.Exp(log) - 1, Math.Exp(log - (Normal * error)) - 1, Math.Exp(log + (Normal * error)) - 1,
        .95, null, shared, false, null);

    private static Task<RunnerResult> PublishAsync(TestFolder folder, int number, (double Log, double Error) effect, bool isShipped)
    {
        string Lift(double log) => (Math.Exp(log) - 1).ToString("E17", CultureInfo.InvariantCulture);
        string results = string.Create(CultureInfo.InvariantCulture, $"{number + 1}, 'e{number}', 'itt', 'm', 1, 'primary'");
        return folder.SucceedAsync(
            "sql",
            string.Create(CultureInfo.InvariantCulture, $"""
                INSERT INTO ops.analysis_runs (run_id, experiment_id, analysis_mode, status, requested_by, started_at, ended_at,
                    definitions_hash, code_version, policy_id, policy_version)
                VALUES ({number + 1}, 'e{number}', 'itt', 'finished', 'test', '2026-01-01', '2026-01-01', 'x', 'x', 'default', 1);
                INSERT INTO results.result_rows (run_id, experiment_id, analysis_mode, metric_id, metric_version, metric_role,
                    variation_id, is_control, n_assigned, n_units, uplift_rel, ci_rel_lower, ci_rel_upper, confidence_level)
                VALUES ({results}, 'c', 1, 100, 100, NULL, NULL, NULL, 0.95e0),
                    ({results}, 't', 0, 100, 100, {Lift(effect.Log)}, {Lift(effect.Log - (Normal * effect.Error))},
                        {Lift(effect.Log + (Normal * effect.Error))}, 0.95e0);
                INSERT INTO results.summary_rows (run_id, experiment_id, analysis_mode, variation_id, is_best, decision,
                    decision_code, decision_text, primary_metric_id)
                VALUES ({number + 1}, 'e{number}', 'itt', 't', {(isShipped ? 1 : 0)}, '{(isShipped ? "ship" : "inconclusive")}', 'x', 'x', 'm');
                """));
    }
}

using System.Data.Common;
using Experiments.Runner.Data;
using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>The effect of one experiment's variation on a metric, as its latest run published it.</summary>
/// <param name="ExperimentId">The experiment.</param>
/// <param name="VariationId">The variation.</param>
/// <param name="Lift">The relative effect; null without one.</param>
/// <param name="Lower">Lower end of its interval.</param>
/// <param name="Upper">Upper end.</param>
/// <param name="Confidence">The interval's level.</param>
/// <param name="DegreesOfFreedom">Of its t; null for a normal one.</param>
/// <param name="ControlShare">The relative variance of the control's mean, which the variations share; null unknown.</param>
/// <param name="IsShipped">Whether the decision was to ship it.</param>
/// <param name="Reason">Why there is no lift, or null.</param>
internal sealed record PublishedEffect(
    string ExperimentId,
    string VariationId,
    double? Lift,
    double? Lower,
    double? Upper,
    double Confidence,
    double? DegreesOfFreedom,
    double? ControlShare,
    bool IsShipped,
    string? Reason)
{
    /// <summary>log(1 + lift) and its standard error from the width of the interval; null where there is none.</summary>
    public (double Effect, double Error)? Log
    {
        get
        {
            if (Lift is not { } lift || Lower is not { } lower || Upper is not { } upper || !(lower > -1) || !(upper > lower))
            {
                return null;
            }

            double tail = (1 - Confidence) / 2;
            double critical = DegreesOfFreedom is { } degrees
                ? Tails.StudentTUpperQuantile(tail, degrees)
                : Tails.NormalUpperQuantile(tail);
            return (Math.Log(1 + lift), (Math.Log(1 + upper) - Math.Log(1 + lower)) / (2 * critical));
        }
    }
}

/// <summary>One published effect with what the history of the metric makes of it.</summary>
internal sealed record ShrunkPublishedEffect(PublishedEffect Effect, double? Lift, double? Shrinkage, string? Reason);

/// <summary>Effects on one metric over experiments; all on the scale of lifts.</summary>
internal sealed record CombinedEffects(
    IReadOnlyList<ShrunkPublishedEffect> Effects,
    CombinedEffect Fixed,
    CombinedEffect Random,
    HeterogeneityResult Heterogeneity,
    (double Impact, double Lower, double Upper, double NaiveSum)? Impact,
    int Shipped,
    string? ImpactReason);

/// <summary>
/// Combines what experiments found in one metric, on the scale of log(1 + lift). An experiment counts once: its variations
/// share a control, so that the mean of theirs stands for it, with their covariance. Shrinkage takes the distribution of
/// true effects from all experiments of the metric, never from the shipped ones alone.
/// </summary>
internal static class EffectCombiner
{
    /// <summary>Combines the effects of some experiments against the history of all.</summary>
    /// <param name="history">The effects of all experiments on the metric.</param>
    /// <param name="chosen">The experiments to combine; null: all.</param>
    /// <param name="alpha">1 - the level of the intervals.</param>
    public static CombinedEffects Combine(
        IReadOnlyList<PublishedEffect> history, IReadOnlySet<string>? chosen, double alpha)
    {
        PublishedEffect[] taken = [.. history.Where(effect => chosen?.Contains(effect.ExperimentId) != false)];
        (double?, double?)[] experiments = ByExperiment(taken);
        EffectHistory? fitted = EffectHistory.Fit(ByExperiment(history));
        PublishedEffect[] shipped = [.. taken.Where(static effect => effect is { IsShipped: true, Log: not null })];
        (double Impact, double Lower, double Upper, double NaiveSum)? impact = null;
        if (fitted is not null && shipped.Length > 0)
        {
            var (sum, _, lower, upper, naive) =
                fitted.CumulativeImpact(shipped.Select(static effect => effect.Log!.Value), alpha);
            impact = (Lift(sum), Lift(lower), Lift(upper), Lift(naive));
        }

        return new CombinedEffects(
            [.. taken.Select(effect => Shrink(effect, fitted))],
            MetaAnalysis.Fixed(experiments, alpha),
            MetaAnalysis.Random(experiments, alpha),
            Experiments.Statistics.Heterogeneity.Compute(experiments),
            impact,
            shipped.Length,
            impact is not null ? null : shipped.Length == 0 ? Reasons.NoData : Reasons.TooFewExperiments);
    }

    /// <summary>exp(x) - 1.</summary>
    public static double Lift(double log) => Math.Exp(log) - 1;

    private static ShrunkPublishedEffect Shrink(PublishedEffect effect, EffectHistory? history)
    {
        if (effect.Log is not var (log, error))
        {
            return new ShrunkPublishedEffect(effect, null, null, effect.Reason ?? Reasons.NotEvaluable);
        }

        if (history is null)
        {
            return new ShrunkPublishedEffect(effect, null, null, Reasons.TooFewExperiments);
        }

        ShrunkEffect shrunk = history.Shrink(log, error);
        return new ShrunkPublishedEffect(effect, Lift(shrunk.Effect), shrunk.Shrinkage, null);
    }

    private static (double?, double?)[] ByExperiment(IEnumerable<PublishedEffect> effects) =>
        [.. effects.Where(static effect => effect.Log is not null)
            .GroupBy(static effect => effect.ExperimentId, StringComparer.Ordinal)
            .Select(static group =>
            {
                PublishedEffect[] own = [.. group];
                double count = own.Length;
                double variance = own.Sum(static effect => effect.Log!.Value.Error * effect.Log.Value.Error);

                // What all of them owe to the control's noise; unknown, the most that it can be.
                double most = own.Min(static effect => effect.Log!.Value.Error * effect.Log.Value.Error);
                double shared = Math.Min(most, own.Min(static effect => effect.ControlShare) ?? most);
                return (
                    (double?)own.Average(static effect => effect.Log!.Value.Effect),
                    (double?)(Math.Sqrt(variance + (count * (count - 1) * shared)) / count));
            })];
}

/// <summary>Reads the effects on one metric from results.experiment_results.</summary>
internal sealed class PublishedEffects(DbConnection connection)
{
    /// <summary>The latest effects of all experiments, in a mode or in each experiment's own.</summary>
    public async Task<List<PublishedEffect>> ReadAsync(
        string metricId, string? mode, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT r.experiment_id, r.variation_id, r.uplift_rel, r.ci_rel_lower, r.ci_rel_upper, r.confidence_level,
                r.degrees_of_freedom, k.sd_value * k.sd_value / NULLIF(k.n_units * k.mean_value * k.mean_value, 0e0)
                    AS control_share,
                CASE WHEN s.decision = 'ship' AND s.is_best = 1 THEN 1 ELSE 0 END AS is_shipped, r.reason_code
            FROM results.experiment_results AS r
            LEFT JOIN catalog.experiments AS e
                ON e.experiment_id = r.experiment_id
            LEFT JOIN results.experiment_results AS k
                ON k.run_id = r.run_id AND k.metric_id = r.metric_id AND k.is_control = 1
            LEFT JOIN results.experiment_summary AS s
                ON s.run_id = r.run_id AND s.variation_id = r.variation_id
            WHERE r.metric_id = @metric_id
                AND r.is_control = 0
                AND r.analysis_mode = COALESCE(@analysis_mode, e.analysis_mode, 'itt')
            ORDER BY r.experiment_id, r.variation_id;
            """).WithText("@metric_id", metricId).WithText("@analysis_mode", mode, 16);
        return await Db.QueryAsync(
            command,
            reader => new PublishedEffect(
                reader.GetString(0), reader.GetString(1), reader.Float(2), reader.Float(3), reader.Float(4),
                reader.Float(5) ?? .95, reader.Float(6), reader.Float(7), reader.BigInt(8) == 1, reader.Text(9)),
            cancellationToken).ConfigureAwait(false);
    }
}

using System.Globalization;
using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>
/// Whether effects differ between the values of a dimension (Cochran's Q), and whether the effect over all units and the
/// one stratified by the dimension tell different stories (Simpson's paradox, a shift of the mix).
/// </summary>
internal static class HeterogeneityChecks
{
    /// <summary>The rows, and a check for each metric whose stories differ.</summary>
    public static (List<HeterogeneityRow> Rows, List<CheckRow> Checks) Compute(
        IReadOnlyList<ComparedSlice> slices, IReadOnlyList<ComparedArm> overall)
    {
        List<HeterogeneityRow> rows = [];
        List<CheckRow> checks = [];
        foreach (ComparedArm arm in overall)
        {
            List<HeterogeneityRow> own = [];
            foreach (IGrouping<string, ComparedSlice> dimension in slices
                .Where(static slice => slice.Key.Kind == SliceKey.DimensionKind)
                .GroupBy(static slice => slice.Key.Id, StringComparer.Ordinal))
            {
                own.Add(Row(
                    arm,
                    dimension.Key,
                    [.. dimension.Select(slice => slice.Arms.First(other =>
                        other.Metric == arm.Metric && other.VariationId == arm.VariationId))]));
            }

            double?[] adjusted = MultipleComparisons.Holm([.. own.Select(static row => row.PValue)]);
            rows.AddRange(own.Select((row, i) => row with { AdjustedPValue = adjusted[i] }));
            checks.AddRange(own.Where(static row => row.MixShift is not null).Select(MixShiftCheck));
        }

        return (rows, checks);
    }

    private static HeterogeneityRow Row(ComparedArm arm, string dimension, ComparedArm[] values)
    {
        HeterogeneityResult q = Heterogeneity.Compute(values.Select(static value =>
            (value.Comparison.Effect.UpliftAbsolute, value.Comparison.Effect.StandardError)));
        int answers = values.Count(static value => value.Comparison.Effect.HasAnswer);
        EffectEstimate pooled = arm.Comparison.Effect;

        // Effects on quantiles do not average over strata to the effect on the quantile of all: the stories would differ
        // without any shift of the mix.
        EffectEstimate stratified = PostStratification.Compute(
            [.. values.Select(static value => new StratumEffect(
                value.Comparison.Effect is { HasAnswer: true, Method: not Methods.QuantileZ }
                    ? value.Comparison.Moments
                    : null,
                value.Control.UnitCount + value.Treatment.UnitCount))],
            pooled.Method,
            arm.Options.Alpha,
            arm.Options.Alternative).Effect;
        string? shift = MixShift.Compare(pooled, stratified);

        // Ranks and times have a test, but no effect with a standard error to be compared between values.
        string? reason = q.ReasonCode == Reasons.TooFewSegments && answers > 1 ? Reasons.NotEvaluable
            : q.ReasonCode ?? (shift == Reasons.NotEvaluable ? shift : null);
        return new HeterogeneityRow(
            arm.Metric.MetricId,
            dimension,
            arm.VariationId,
            answers,
            q.Q,
            q.DegreesOfFreedom,
            q.PValue,
            null,
            q.ISquared,
            pooled.UpliftAbsolute,
            stratified.UpliftAbsolute,
            stratified.PValue,
            stratified.CiLower,
            stratified.CiUpper,
            shift == Reasons.NotEvaluable ? null : shift,
            reason);
    }

    private static CheckRow MixShiftCheck(HeterogeneityRow row) => new(
        OverlapChecks.CheckName("mix_shift_", row.DimensionId),
        row.MetricId,
        row.VariationId,
        null,
        row.StratifiedUplift,
        row.StratifiedPValue,
        true,
        row.MixShift,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The effect on {row.MetricId} over all units is {row.PooledUplift:G4}; stratified by {row.DimensionId} it is ")
        + string.Create(
            CultureInfo.InvariantCulture,
            $"{row.StratifiedUplift:G4} with p = {row.StratifiedPValue:G4} ({row.MixShift})."));
}

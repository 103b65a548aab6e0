using System.Globalization;
using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>
/// What a reader should know beyond the effects: novelty, effects too large to be believed, and what is left of an
/// effect on the exposed among all assigned units. None of them decides.
/// </summary>
internal static class HonestyChecks
{
    /// <summary>The level at which a check is flagged.</summary>
    public const double FlagAlpha = .01;

    /// <summary>Days of tenure that a slope needs.</summary>
    private const int TenureDays = Novelty.FewestDays;

    /// <summary>All checks.</summary>
    public static List<CheckRow> Compute(
        ExperimentDefinition definition, AnalysisData data, IReadOnlyList<ComparedArm> arms)
    {
        List<CheckRow> rows = [];
        foreach (ComparedArm arm in arms)
        {
            AddNovelty(definition, data, arm, rows);
            AddSurprise(data, arm, rows);
            AddDilution(data, arm, rows);
            AddBlocks(arm, rows);
        }

        return rows;
    }

    private static void AddNovelty(
        ExperimentDefinition definition, AnalysisData data, ComparedArm arm, List<CheckRow> rows)
    {
        if (SlopesOf(data, arm, definition.Control.VariationId) is not { } control
            || SlopesOf(data, arm, arm.VariationId) is not { } treatment)
        {
            return;
        }

        // The rows hold units with at least the days that a slope needs.
        EffectEstimate effect = Novelty.Compute(control, treatment, TenureDays, arm.Options.Alpha);
        string detail = effect.HasAnswer
            ? Text($"The daily effect on {arm.Metric.MetricId} changes by {effect.UpliftAbsolute:G4} a day of tenure ")
                + Text($"({effect.CiLower:G4} to {effect.CiUpper:G4}), p = {effect.PValue:G4}.")
            : Text($"Whether the effect on {arm.Metric.MetricId} changes with tenure has no answer ({effect.ReasonCode}).");
        rows.Add(new CheckRow(
            "novelty", arm.Metric.MetricId, arm.VariationId, FlagAlpha, effect.UpliftAbsolute, effect.PValue,
            effect.HasAnswer ? effect.PValue < FlagAlpha : null, effect.ReasonCode, detail));
    }

    private static MeanArm? SlopesOf(AnalysisData data, ComparedArm arm, string variationId)
    {
        NoveltyAggregate? row = data.Novelty.FirstOrDefault(row => row.MetricId == arm.Metric.MetricId
            && row.MetricVersion == arm.Metric.Version && row.VariationId == variationId);
        return row is null ? null : MeanArm.FromCentred(row.UnitCount, 0, row.Sum, row.SumSquared);
    }

    /// <summary>Twyman's law: a lift that the history of the metric makes all but impossible is mostly a bug.</summary>
    private static void AddSurprise(AnalysisData data, ComparedArm arm, List<CheckRow> rows)
    {
        PastEffect[] past = [.. data.History.Where(effect => effect.MetricId == arm.Metric.MetricId)];
        if (past.Length == 0 || arm.Comparison.Effect is not { HasAnswer: true, UpliftRelative: { } lift }
            || ErrorOf(arm) is not { } error)
        {
            return;
        }

        EffectHistory? history =
            EffectHistory.Fit(past.Select(static effect => ((double?)effect.Lift, (double?)effect.StandardError)));
        double? surprise = history?.Surprise(lift, error);
        string detail = (history, surprise) switch
        {
            (null, _) => Text($"{past.Length} earlier effects on {arm.Metric.MetricId} are too few to judge this one by."),
            (_, null) => Text($"Earlier effects on {arm.Metric.MetricId} do not vary."),
            (_, { } p) => Text($"A lift of {100 * lift:0.##} % of {arm.Metric.MetricId} has p = {p:G4} among the ")
                + Text($"{history.Experiments} earlier effects (mean {100 * history.Mean:0.##} %, standard deviation ")
                + Text($"{100 * Math.Sqrt(history.Variance):0.##} %)")
                + (p < FlagAlpha ? "; look for a bug before believing it." : "."),
        };
        rows.Add(new CheckRow(
            "implausible_effect", arm.Metric.MetricId, arm.VariationId, FlagAlpha, lift, surprise,
            surprise is null ? null : surprise < FlagAlpha,
            surprise is null ? Reasons.TooFewExperiments : null, detail));
    }

    /// <summary>In mode exposed: the effect on all assigned units, where exposure does not depend on the variation.</summary>
    private static void AddDilution(AnalysisData data, ComparedArm arm, List<CheckRow> rows)
    {
        if (data.Mode != AnalysisComputer.Exposed || arm.Comparison.Effect is not
            { HasAnswer: true, UpliftAbsolute: { } effect, StandardError: { } error })
        {
            return;
        }

        long exposed = data.StageCounts.Where(static count => count.Stage == AnalysisComputer.Exposed)
            .Sum(static count => count.Count);
        string stage = SampleRatioChecks.Stages(data)[^2];
        long all = data.StageCounts.Where(count => count.Stage == stage).Sum(static count => count.Count);
        if (all == 0 || exposed > all || exposed == 0)
        {
            return;
        }

        CarriedEffect carried = Dilution.ToAll(effect, error, exposed, all);
        rows.Add(new CheckRow(
            "dilution", arm.Metric.MetricId, arm.VariationId, null, carried.Effect, carried.PValue, false,
            carried.ReasonCode,
            Text($"{100.0 * exposed / all:0.##} % of the assigned units were exposed: the effect of {effect:G4} on ")
                + Text($"{arm.Metric.MetricId} is {carried.Effect:G4} a unit among all of them.")));
    }

    /// <summary>What a switchback's p-value was taken over, and the strata that had to be left out.</summary>
    private static void AddBlocks(ComparedArm arm, List<CheckRow> rows)
    {
        if (arm.Comparison.Switchback is not { } result)
        {
            return;
        }

        string over = (result.Assignments, result.IsExact) switch
        {
            (null, _) => string.Empty,
            (1, _) => "; one assignment of blocks is possible, so that p is 1",
            ({ } count, true) => Text($"; p over all {count} assignments of blocks, {1.0 / count:G4} at least"),
            ({ } count, _) => Text($"; p over {count} draws of the assignments of blocks"),
        };
        rows.Add(new CheckRow(
            "switchback", arm.Metric.MetricId, arm.VariationId, 0, result.StrataLeftOut, null, result.StrataLeftOut > 0,
            result.ReasonCode,
            Text($"{arm.Metric.MetricId} is compared over {result.Blocks} blocks in {result.Strata} strata; ")
                + Text($"{result.StrataLeftOut} strata without blocks of both variations are left out{over}.")));
    }

    private static double? ErrorOf(ComparedArm arm) => arm.Comparison.Moments is { } moments
        ? RelativeLift.Delta(moments, arm.Options.Alpha).StandardError
        : null;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

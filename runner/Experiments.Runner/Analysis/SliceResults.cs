using System.Globalization;
using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>A slice with its comparisons.</summary>
internal sealed record ComparedSlice(SliceKey Key, AnalysisSlice Slice, IReadOnlyList<ComparedArm> Arms);

/// <summary>The results by value of a dimension and by day, by the comparison that all units get.</summary>
internal static class SliceResults
{
    /// <summary>
    /// The rows of every slice. Values of a dimension are a family of their metric and treatment; days are corrected as
    /// all units are, and carry the bounds of the last look up to them.
    /// </summary>
    public static List<SliceRow> Compute(
        ExperimentDefinition definition, IReadOnlyList<ComparedSlice> slices, IReadOnlyList<LookRow> looks)
    {
        List<SliceRow> rows = [];
        foreach (IGrouping<(string Kind, string Id), ComparedSlice> group in slices
            .GroupBy(static slice => (slice.Key.Kind, slice.Key.Id)))
        {
            if (group.Key.Kind == SliceKey.DimensionKind)
            {
                CorrectOverValues(definition.Policy, group.Key.Id, [.. group.SelectMany(static one => one.Arms)]);
            }

            foreach ((SliceKey key, AnalysisSlice slice, IReadOnlyList<ComparedArm> arms) in group)
            {
                if (key.Kind == SliceKey.DayKind)
                {
                    FamilyCorrection.Correct(definition, arms);
                }

                foreach (ResultRow row in ResultRows.Of(definition, slice, arms))
                {
                    if (key.Kind == SliceKey.DayKind && !row.IsControl)
                    {
                        AddLook(row, key, looks);
                    }

                    rows.Add(new SliceRow(key, row));
                }
            }
        }

        return rows;
    }

    private static void CorrectOverValues(DecisionPolicy policy, string dimensionId, IReadOnlyList<ComparedArm> arms)
    {
        // A breakdown has no shared control and no primary: Holm serves where the policy's correction needs either.
        DecisionPolicy over = policy.Correction is Correction.Dunnett or Correction.PreferentialAlpha
            ? policy with { Correction = Correction.Holm, CorrectionFamily = OptionNames.OverVariations }
            : policy with { CorrectionFamily = OptionNames.OverVariations };
        foreach (IGrouping<(string, string), ComparedArm> family in arms
            .GroupBy(static arm => (arm.Metric.MetricId, arm.VariationId)))
        {
            FamilyCorrection.Correct(
                over, $"{family.Key.Item1}, {family.Key.Item2}, over values of {dimensionId}", [.. family]);
        }
    }

    /// <summary>The bounds in force at the end of the day: those after the last look whose data end by then.</summary>
    private static void AddLook(ResultRow row, SliceKey key, IReadOnlyList<LookRow> looks)
    {
        DateTime end = DateTime.ParseExact(key.Value, "yyyy-MM-dd", CultureInfo.InvariantCulture).AddDays(1);
        LookRow? last = looks.LastOrDefault(look =>
            look.MetricId == row.MetricId && look.VariationId == row.VariationId && look.Watermark <= end);
        if (last is not null)
        {
            row.LookNumber = last.LookNumber;
            row.AlwaysValidPValue = last.RunningPValue;
            row.AlwaysValidLower = last.RunningLower;
            row.AlwaysValidUpper = last.RunningUpper;
            row.SequentialReason = last.ReasonCode;
        }
    }
}

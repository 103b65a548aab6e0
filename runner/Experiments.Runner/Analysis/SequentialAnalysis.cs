using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>What a sequential plan publishes of one comparison after its last look.</summary>
/// <param name="LookNumber">The last look.</param>
/// <param name="Effect">
/// The effect with the running minimum or repeated p-value and the running intersections of the intervals, or the reason
/// why there is nothing to publish.
/// </param>
/// <param name="Critical">The critical value of the last look, for what it could have seen.</param>
/// <param name="Rows">Every look.</param>
internal sealed record MonitoredEffect(
    int LookNumber, EffectEstimate Effect, double? Critical, IReadOnlyList<LookRow> Rows);

/// <summary>
/// Evaluates the recorded looks of a plan: always-valid confidence sequences, or group sequential bounds by alpha
/// spending. A look is computed from the sums that were frozen when it was recorded, so that a late event changes no
/// look but the next.
/// </summary>
internal static class SequentialAnalysis
{
    /// <summary>The published effect of one comparison.</summary>
    /// <param name="definition">The experiment, with a plan.</param>
    /// <param name="arm">The comparison; its slice is that of the last look.</param>
    /// <param name="looks">The recorded looks in their order.</param>
    public static MonitoredEffect Compute(
        ExperimentDefinition definition, ComparedArm arm, IReadOnlyList<RecordedLook> looks)
    {
        SequentialPlan plan = definition.Plan
            ?? throw new InvalidOperationException("An experiment without a plan has no looks.");
        string method = MetricComparison.MethodOf(arm.Metric, arm.Control);
        string? refusal = looks.Count == 0
            ? Reasons.NoData
            : Combinations.Refusal(plan.Kind, MetricComparison.KindOf(method))
                ?? (MetricComparison.IsStratified(arm.Control, arm.Treatment)
                    ? Combinations.EpochRefusal(plan.Kind, MetricComparison.KindOf(method))
                    : null);
        if (refusal is not null)
        {
            return new MonitoredEffect(
                looks.Count == 0 ? 0 : looks[^1].LookNumber,
                EffectEstimate.None(method, arm.Options.Alpha, refusal),
                null,
                []);
        }

        double share = definition.Variations
            .Where(variation => variation == definition.Control || variation.VariationId == arm.VariationId)
            .Sum(static variation => variation.Weight);
        Look[] seen = [.. looks.Select(look => Compare(arm, look, share))];
        return plan.Kind == Monitoring.ConfidenceSequence
            ? ByConfidenceSequence(arm, seen)
            : ByGroupSequential(definition, plan, arm, seen);
    }

    private static Look Compare(ComparedArm arm, RecordedLook look, double share)
    {
        VariationSample control = VariationSample.Of(look.Slice, arm.Metric, arm.Variations[0]);
        VariationSample treatment = VariationSample.Of(look.Slice, arm.Metric, arm.VariationId);
        return new Look(
            look,
            MetricComparison.Compute(arm.Metric, arm.Options, look.Slice, arm.Variations, arm.VariationId),
            control,
            treatment,
            control.UnitCount + treatment.UnitCount,
            look.PlannedUnits * share);
    }

    private static MonitoredEffect ByConfidenceSequence(ComparedArm arm, Look[] looks)
    {
        double alpha = arm.Options.Alpha;
        Alternative alternative = arm.Options.Alternative;
        List<SequentialLook> steps = [];
        List<LookRow> rows = [];
        Band relative = new();
        foreach (Look look in looks)
        {
            EffectEstimate effect = look.Comparison.Effect;
            SequentialLook step = effect is { HasAnswer: true, UpliftAbsolute: { } d, StandardError: { } error }
                ? AsymptoticConfidenceSequence.Compute(
                    d, error, look.Units, look.Planned, alpha, alternative, IsTooEarly(arm.Metric, look))
                : SequentialLook.None(effect.ReasonCode ?? Reasons.NotEvaluable);
            steps.Add(step);
            RunningLook running = SequentialRun.Combine(steps)[^1];
            relative.Narrow(step.ReasonCode is null ? RelativeAt(look, step.Critical) : null, alternative);
            rows.Add(new LookRow(
                look.Recorded.LookNumber, arm.Metric.MetricId, arm.VariationId, look.Recorded.Watermark, look.Units)
            {
                Fraction = look.Units / look.Planned,
                Critical = step.Critical,
                UpliftAbsolute = effect.UpliftAbsolute,
                StandardError = effect.StandardError,
                PValue = step.PValue,
                CiLower = step.Lower,
                CiUpper = step.Upper,
                RunningPValue = running.PValue,
                RunningLower = running.Lower,
                RunningUpper = running.Upper,
                ReasonCode = running.ReasonCode,
            });
        }

        return Publish(looks[^1], rows, relative, steps[^1].Critical, rows[^1].RunningPValue, rows[^1].ReasonCode);
    }

    private static MonitoredEffect ByGroupSequential(
        ExperimentDefinition definition, SequentialPlan plan, ComparedArm arm, Look[] looks)
    {
        double alpha = arm.Options.Alpha;
        Alternative alternative = arm.Options.Alternative;
        double oneSided = alternative == Alternative.TwoSided ? alpha / 2 : Math.Min(alpha, .4999);
        double sign = alternative == Alternative.Less ? -1 : 1;

        // Looks whose units did not grow, or without an answer, spend nothing.
        List<Look> used = [];
        foreach (Look look in looks)
        {
            if (look.Comparison.Effect is { HasAnswer: true, PValue: not null } && StatisticOf(look) is not null
                && (used.Count == 0 || look.Units > used[^1].Units))
            {
                used.Add(look);
            }
        }

        if (used.Count == 0)
        {
            string reason = looks[^1].Comparison.Effect.ReasonCode ?? Reasons.NotEvaluable;
            return new MonitoredEffect(
                looks[^1].Recorded.LookNumber,
                EffectEstimate.None(looks[^1].Comparison.Effect.Method, alpha, reason),
                null,
                []);
        }

        double planned = looks[^1].Planned;
        double[] information = [.. used.Select(static look => (double)look.Units)];
        bool isFinal = used[^1].Recorded.LookNumber >= plan.PlannedLooks
            || used[^1].Recorded.Watermark >= definition.EndAt;
        IReadOnlyList<GroupSequentialLook> bounds =
            GroupSequential.Bounds(information, planned, oneSided, plan.Spending, isFinal);
        double?[] futility = FutilityBounds(plan, information, planned, oneSided);
        List<LookRow> rows = [];
        Band absolute = new();
        Band relative = new();
        double? critical = null;
        bool isCrossed = false;
        for (int k = 0; k < used.Count; k++)
        {
            Look look = used[k];
            EffectEstimate effect = look.Comparison.Effect;
            double z = StatisticOf(look)!.Value;
            double? bound = bounds[k].Critical;
            critical = bound ?? critical;
            isCrossed |= alternative == Alternative.TwoSided ? Math.Abs(z) >= bound : sign * z >= bound;
            double? half = bound * effect.StandardError;
            double? lower = alternative == Alternative.Less ? null : effect.UpliftAbsolute - half;
            double? upper = alternative == Alternative.Greater ? null : effect.UpliftAbsolute + half;
            absolute.Narrow(lower, upper);
            relative.Narrow(bound is null ? null : RelativeAt(look, bound), alternative);
            double oriented = arm.Metric.Direction == Experiments.Statistics.Decisions.DesiredDirection.Increase ? z : -z;
            rows.Add(new LookRow(
                look.Recorded.LookNumber, arm.Metric.MetricId, arm.VariationId, look.Recorded.Watermark, look.Units)
            {
                Fraction = bounds[k].Fraction,
                AlphaSpent = (alternative == Alternative.TwoSided ? 2 : 1) * bounds[k].CumulativeAlpha,
                Critical = bound,
                UpliftAbsolute = effect.UpliftAbsolute,
                StandardError = effect.StandardError,
                PValue = effect.PValue,
                CiLower = lower,
                CiUpper = upper,
                RunningLower = absolute.IsEmpty ? null : absolute.Lower,
                RunningUpper = absolute.IsEmpty ? null : absolute.Upper,
                FutilityBound = futility[k],
                IsFutile = futility[k] is { } edge && k < used.Count - 1 + (isFinal ? 0 : 1) ? oriented < edge : null,
                ReasonCode = bounds[k].ReasonCode ?? (absolute.IsEmpty ? Reasons.SequenceInconsistent : null),
            });
        }

        double[] statistics = [.. used.Select(look => StatisticOf(look)!.Value)];
        double repeated = alternative == Alternative.TwoSided
            ? GroupSequential.RepeatedPValue(information, planned, statistics, plan.Spending, isFinal)
            : OneSidedRepeated(information, planned, [.. statistics.Select(z => sign * z)], plan.Spending, isFinal);
        rows[^1] = rows[^1] with { RunningPValue = repeated };

        // A look after everything was spent changes nothing: the plan has ended before.
        string? verdict = rows[^1].ReasonCode == Reasons.SpendingComplete ? null : rows[^1].ReasonCode;
        return Publish(used[^1], rows, relative, critical, repeated, verdict, absolute);
    }

    /// <summary>
    /// The smallest one-sided level at which the plan would have crossed; the library's repeated p-value is two-sided, so
    /// that of the positive part is halved.
    /// </summary>
    private static double OneSidedRepeated(
        double[] information, double planned, double[] oriented, Spending spending, bool isFinal)
    {
        double both = GroupSequential.RepeatedPValue(
            information, planned, [.. oriented.Select(static z => Math.Max(0, z))], spending, isFinal);
        return both < 1 ? both / 2 : 1;
    }

    private static double?[] FutilityBounds(
        SequentialPlan plan, double[] information, double planned, double oneSided)
    {
        double?[] none = new double?[information.Length];
        if (plan.Futility is not { } futility)
        {
            return none;
        }

        // The plan's bounds are those of the looks so far and one at the planned information.
        double[] all = information[^1] < planned ? [.. information, planned] : information;
        if (all.Length < 2)
        {
            return none;
        }

        FutilityPlan bounds = GroupSequential.Futility(
            GroupSequential.Bounds(all, planned, oneSided, plan.Spending, true), plan.FutilityPower, futility);
        return [.. bounds.Lower.Take(information.Length)];
    }

    private static MonitoredEffect Publish(
        Look last,
        List<LookRow> rows,
        Band relative,
        double? critical,
        double? pValue,
        string? reason,
        Band? absolute = null)
    {
        EffectEstimate effect = last.Comparison.Effect;
        LookRow row = rows[^1];
        bool isInconsistent = reason == Reasons.SequenceInconsistent;
        string? missing = pValue is null ? reason ?? Reasons.TooEarly : isInconsistent ? reason : null;
        if (missing is not null)
        {
            return new MonitoredEffect(
                row.LookNumber, EffectEstimate.None(effect.Method, effect.Alpha, missing), critical, rows);
        }

        bool hasRelative = effect.UpliftRelative is not null && !relative.IsEmpty
            && (relative.Lower is not null || relative.Upper is not null);
        return new MonitoredEffect(
            row.LookNumber,
            effect with
            {
                PValue = pValue,
                CiLower = absolute is null ? row.RunningLower : absolute.Lower,
                CiUpper = absolute is null ? row.RunningUpper : absolute.Upper,
                CiRelativeLower = hasRelative ? relative.Lower : null,
                CiRelativeUpper = hasRelative ? relative.Upper : null,
                RelativeReason = hasRelative ? null : relative.Reason ?? effect.RelativeReason ?? Reasons.NotEvaluable,
            },
            critical,
            rows);
    }

    /// <summary>Fieller's set at the look's critical value (STATISTICS, "Combinations").</summary>
    private static RelativeInterval? RelativeAt(Look look, double? critical) =>
        look.Comparison.Moments is { } moments && critical > 0 && moments.ControlMean != 0
            ? RelativeLift.Fieller(moments, critical.Value)
            : null;

    private static double? StatisticOf(Look look) => look.Comparison.Effect switch
    {
        { UpliftAbsolute: { } d, StandardError: > 0 and { } error } => d / error,
        { Statistic: { } z } => z,
        _ => null,
    };

    private static bool IsTooEarly(MetricDefinition metric, Look look) =>
        MetricComparison.MethodOf(metric, look.Control) switch
        {
            Methods.TwoProportionZPooled =>
                AsymptoticConfidenceSequence.IsTooEarly(look.Control.Binomial, look.Treatment.Binomial),
            _ => AsymptoticConfidenceSequence.IsTooEarly(look.Control.Mean, look.Treatment.Mean),
        };

    private sealed record Look(
        RecordedLook Recorded,
        Comparison Comparison,
        VariationSample Control,
        VariationSample Treatment,
        long Units,
        double Planned);

    /// <summary>A running intersection.</summary>
    private sealed class Band
    {
        public double? Lower { get; private set; }

        public double? Upper { get; private set; }

        public string? Reason { get; private set; }

        public bool IsEmpty => Lower > Upper;

        public void Narrow(double? lower, double? upper)
        {
            Lower = lower is { } l && !(Lower >= l) ? l : Lower;
            Upper = upper is { } u && !(Upper <= u) ? u : Upper;
        }

        public void Narrow(RelativeInterval? set, Alternative alternative)
        {
            Reason = set?.Reason;
            if (set is { Reason: null } bounded)
            {
                Narrow(
                    alternative == Alternative.Less ? null : bounded.Lower,
                    alternative == Alternative.Greater ? null : bounded.Upper);
            }
        }
    }
}

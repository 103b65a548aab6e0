using System.Globalization;

namespace Experiments.Statistics.Decisions;

/// <summary>
/// Evaluates a decision policy. The order is fixed: <c>invalid</c> (a required quality gate failed or could not be
/// evaluated), <c>do_not_ship</c> (a guardrail failed, the primary is significantly worse, or its upper bound is below
/// the minimum lift), <c>inconclusive</c> (anything that is not a pass), <c>ship</c>. Without a sequential plan nothing
/// but <c>invalid</c> and <c>inconclusive</c> comes before the planned sample and the planned end: whoever looks at p
/// from day 7 to 28 ships 18.6 % of experiments without any effect.
/// </summary>
/// <remarks>
/// Lifts are oriented: positive is good, whichever way the metric runs. A primary passes with an oriented lift above
/// the minimum and a two-sided p, corrected over the variations, below alpha. A guardrail fails with an oriented lift
/// below -margin and an uncorrected two-sided p below its alpha; it is not evaluable where the detectable effect is
/// above the margin (a guardrail that fails all the same has failed). A reason code never passes a gate.
/// </remarks>
public static partial class DecisionEngine
{
    /// <summary>Decides on every variation.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="variationIds">The variations without the control, each once.</param>
    /// <param name="metrics">
    /// What is known of each metric in each variation. One primary metric is expected; with more, all of them have to
    /// pass, each corrected over the variations.
    /// </param>
    /// <param name="quality">The quality of the data.</param>
    /// <param name="plan">The progress of the experiment.</param>
    /// <returns>One decision a variation, in the order given.</returns>
    public static IReadOnlyList<Decision> Decide(
        DecisionPolicy policy,
        IReadOnlyList<string> variationIds,
        IReadOnlyList<MetricEvidence> metrics,
        QualityEvidence quality,
        PlanEvidence plan)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(variationIds);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(quality);
        ArgumentNullException.ThrowIfNull(plan);

        List<Gate> shared = [];
        bool isSound = AddQualityGates(shared, policy, quality, out Gate? qualityBlocker);
        if (policy.Kind == PolicyKind.Complete)
        {
            return DecideComplete(policy, variationIds, metrics, plan, shared, qualityBlocker);
        }

        Dictionary<(string Variation, string Metric), double?> adjusted = AdjustPrimaries(policy, metrics);
        List<Decision> decisions = new(variationIds.Count);
        int best = -1;
        double bestBound = double.NegativeInfinity;
        foreach (string variationId in variationIds)
        {
            MetricEvidence[] own = [.. metrics.Where(metric => metric.VariationId == variationId)];
            VariationGates gates = new(policy, plan, adjusted, [.. shared]);
            Decision decision = gates.Decide(variationId, own, isSound, qualityBlocker);
            decisions.Add(decision);
            if (decision.Outcome == DecisionOutcome.Ship && gates.LowerBound > bestBound)
            {
                best = decisions.Count - 1;
                bestBound = gates.LowerBound.Value;
            }
        }

        if (best >= 0)
        {
            decisions[best] = decisions[best] with { IsBest = true };
        }

        return decisions;
    }

    private static bool AddQualityGates(
        List<Gate> gates, DecisionPolicy policy, QualityEvidence quality, out Gate? blocker)
    {
        Gate? failed = null;
        Gate? unknown = null;
        void Add(
            string name,
            double? threshold,
            double? observed,
            bool? passed,
            string? reason,
            string text,
            bool required = true)
        {
            Gate gate = new(gates.Count + 1, name, GateKind.Quality, null, threshold, observed, passed, reason, text);
            gates.Add(gate);
            if (required)
            {
                failed ??= passed == false ? gate : null;
                unknown ??= passed is null ? gate : null;
            }
        }

        if (quality.SampleRatios.Count == 0)
        {
            Add("sample_ratio", policy.SrmAlpha, null, null, Reasons.NoData, "No sample ratio was checked.");
        }

        foreach (SampleRatioEvidence ratio in quality.SampleRatios)
        {
            bool? passed = ratio switch
            {
                { UnitsWithoutWeight: > 0 } => false,
                { PValue: null } => null,
                _ => ratio.PValue >= policy.SrmAlpha,
            };
            string text = ratio switch
            {
                { UnitsWithoutWeight: > 0 } => Text(
                    $"{ratio.UnitsWithoutWeight} {ratio.Stage} units are in a variation whose planned weight is 0."),
                { PValue: null } => Text(
                    $"The sample ratio of {ratio.Stage} units has no answer ({ratio.ReasonCode ?? Reasons.NoData})."),
                _ when passed == true => Text(
                    $"The {ratio.Stage} units fit the weights: {Test(ratio)} = {P(ratio.PValue)}, not below {P(policy.SrmAlpha)}."),
                _ => Text($"The {ratio.Stage} units contradict the weights: {Test(ratio)} = {P(ratio.PValue)}, ")
                    + Text($"below {P(policy.SrmAlpha)}{Worst(ratio)}."),
            };
            string? reason = passed switch
            {
                true => null,
                null => ratio.ReasonCode ?? Reasons.NoData,
                false => ratio.UnitsWithoutWeight > 0 ? Reasons.ZeroWeightArm : "sample_ratio_mismatch",
            };
            Add($"sample_ratio_{ratio.Stage}", policy.SrmAlpha, ratio.PValue, passed, reason, text);
        }

        Add(
            "reconciliation",
            0,
            quality.ReconciliationDifference ?? (quality.IsReconciled == true ? 0 : null),
            quality.IsReconciled,
            quality.IsReconciled switch { true => null, false => "not_reconciled", null => Reasons.NoData },
            quality.IsReconciled switch
            {
                true => "Every source row is accounted for.",
                false when quality.ReconciliationDifference is { } rows =>
                    Text($"{rows} source rows are not accounted for."),
                false => "Some source rows are not accounted for.",
                null => "It is not known whether every source row is accounted for.",
            });
        foreach (QualityCheck check in quality.OtherChecks ?? [])
        {
            Add(
                check.Name,
                check.Threshold,
                check.Observed,
                check.Passed,
                check.ReasonCode ?? (check.Passed is null ? Reasons.NoData : null),
                check.Detail,
                check.IsRequired);
        }

        blocker = failed ?? unknown;
        return blocker is null;
    }

    private static string Test(SampleRatioEvidence ratio) => ratio.IsSequential ? "sequential p" : "p";

    private static string Worst(SampleRatioEvidence ratio) => ratio.WorstVariationId is null
        ? string.Empty
        : Text($"; {ratio.WorstVariationId} has {Math.Abs(ratio.WorstDifference):0.#} units ")
            + Text($"{(ratio.WorstDifference < 0 ? "fewer" : "more")} than expected");

    private static Dictionary<(string Variation, string Metric), double?> AdjustPrimaries(
        DecisionPolicy policy, IReadOnlyList<MetricEvidence> metrics)
    {
        Dictionary<(string Variation, string Metric), double?> adjusted = [];
        foreach (IGrouping<string, MetricEvidence> family in metrics
            .Where(static metric => metric.Role == MetricRole.Primary)
            .GroupBy(static metric => metric.MetricId, StringComparer.Ordinal))
        {
            MetricEvidence[] members = [.. family];
            double?[] corrected = members.Any(static member => member.AdjustedPValue is not null)
                ? [.. members.Select(static member => member.AdjustedPValue)]
                : [.. Families.Correct(
                    [.. members.Select(static member => new FamilyMember(member.Effect, true))],
                    policy.Correction == Correction.Dunnett ? Correction.Bonferroni : policy.Correction,
                    policy.Alpha,
                    policy.PrimaryShare).Select(static result => result.AdjustedPValue)];
            for (int i = 0; i < members.Length; i++)
            {
                adjusted.Add((members[i].VariationId, members[i].MetricId), corrected[i]);
            }
        }

        return adjusted;
    }

    private static string SequentialSentence(PlanEvidence plan, double? pValue, double alpha)
    {
        string units = plan.PlannedUnits is { } planned
            ? Text($"{plan.ObservedUnits} of {planned} planned units are in")
            : Text($"{plan.ObservedUnits} units are in");
        return (plan.IsReached, pValue) switch
        {
            (true, _) => Text($"The plan is met: {units}, and the planned end is reached."),
            (_, null) => Text($"The sequential plan has no answer yet; {units}."),
            (_, { } p) when p < alpha =>
                Text($"The sequential bound is crossed: p over all looks {P(p)}, below {P(alpha)}; {units}."),
            (_, { } p) =>
                Text($"The sequential bound is not crossed: p over all looks {P(p)}, not below {P(alpha)}; {units}."),
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string P(double? p) => p?.ToString("G4", CultureInfo.InvariantCulture) ?? "none";

    private static string Percent(double? fraction) => fraction is null
        ? "none"
        : (100 * fraction.Value).ToString("+0.00##;-0.00##;0.00", CultureInfo.InvariantCulture) + " %";

    private static string Bare(double fraction) =>
        (100 * fraction).ToString("0.####", CultureInfo.InvariantCulture) + " %";

    /// <summary>The gates of one variation and what follows from them.</summary>
    private sealed class VariationGates(
        DecisionPolicy policy,
        PlanEvidence plan,
        Dictionary<(string Variation, string Metric), double?> adjusted,
        List<Gate> gates)
    {
        private readonly List<Gate> _failedGuardrails = [];
        private readonly List<Gate> _unknownGuardrails = [];
        private readonly List<Gate> _unknownPrimaries = [];
        private readonly List<Gate> _worse = [];
        private readonly List<Gate> _belowMinimum = [];
        private readonly List<Gate> _notSignificant = [];
        private readonly List<Gate> _notAbove = [];
        private readonly List<Gate> _openPlan = [];
        private double? _required = 1;

        /// <summary>The lower bound of the primary's oriented lift.</summary>
        public double? LowerBound { get; private set; }

        public Decision Decide(string variationId, MetricEvidence[] metrics, bool isSound, Gate? qualityBlocker)
        {
            if (plan.IsSequential)
            {
                AddSequentialGate(metrics);
            }
            else
            {
                AddPlanGates();
            }

            MetricEvidence? primary = null;
            foreach (MetricEvidence metric in metrics.Where(static metric => metric.Role == MetricRole.Primary))
            {
                AddPrimaryGates(metric);
                primary ??= metric;
            }

            if (primary is null)
            {
                _unknownPrimaries.Add(Add(
                    "primary_lift", GateKind.Primary, null, policy.MinRelativeLift, null, null, "no_primary_metric",
                    Text($"{variationId} has no result of a primary metric.")));
                _required = null;
            }

            foreach (MetricEvidence metric in metrics.Where(static metric => metric.Role == MetricRole.Guardrail))
            {
                AddGuardrailGate(metric);
            }

            (DecisionOutcome outcome, string code, Gate? reason) = Outcome(isSound, qualityBlocker);
            long? remaining = outcome == DecisionOutcome.Inconclusive ? RemainingUnits() : null;
            return new Decision(
                variationId,
                outcome,
                code,
                Describe(variationId, outcome, reason, primary, remaining),
                gates,
                primary?.MetricId,
                primary is null ? null : adjusted[(primary.VariationId, primary.MetricId)],
                remaining,
                false);
        }

        private (DecisionOutcome Outcome, string Code, Gate? Gate) Outcome(bool isSound, Gate? qualityBlocker)
        {
            if (!isSound)
            {
                return (
                    DecisionOutcome.Invalid,
                    qualityBlocker!.Passed is null
                        ? DecisionCodes.QualityGateNotEvaluable
                        : DecisionCodes.QualityGateFailed,
                    qualityBlocker);
            }

            if (!plan.IsSequential && _openPlan.Count > 0)
            {
                return (DecisionOutcome.Inconclusive, DecisionCodes.TooEarly, _openPlan[0]);
            }

            // Under a sequential plan harm may be called at any look; "too small" only at the planned end.
            (DecisionOutcome Outcome, string Code, List<Gate> Gates)[] rules =
            [
                (DecisionOutcome.DoNotShip, DecisionCodes.GuardrailFailed, _failedGuardrails),
                (DecisionOutcome.DoNotShip, DecisionCodes.PrimaryWorse, _worse),
                (DecisionOutcome.DoNotShip, DecisionCodes.LiftBelowMinimum, plan.IsReached ? _belowMinimum : []),
                (DecisionOutcome.Inconclusive, DecisionCodes.TooEarly, _openPlan),
                (DecisionOutcome.Inconclusive, DecisionCodes.PrimaryNotEvaluable, _unknownPrimaries),
                (DecisionOutcome.Inconclusive, DecisionCodes.GuardrailNotEvaluable, _unknownGuardrails),
                (DecisionOutcome.Inconclusive, DecisionCodes.PrimaryNotSignificant, _notSignificant),
                (DecisionOutcome.Inconclusive, DecisionCodes.LiftNotAboveMinimum, _notAbove),
            ];
            foreach ((DecisionOutcome outcome, string code, List<Gate> reasons) in rules)
            {
                if (reasons.Count > 0)
                {
                    return (outcome, code, reasons[0]);
                }
            }

            return (DecisionOutcome.Ship, DecisionCodes.AllGatesPassed, null);
        }

        /// <summary>One gate for both parts of the plan: they are met, or the bound of the primary is crossed.</summary>
        private void AddSequentialGate(MetricEvidence[] metrics)
        {
            MetricEvidence? primary = metrics.FirstOrDefault(static metric => metric.Role == MetricRole.Primary);
            double? pValue = primary is null ? null : adjusted[(primary.VariationId, primary.MetricId)];
            Gate gate = Add(
                "sequential_bound", GateKind.Plan, primary?.MetricId, policy.Alpha, pValue,
                plan.IsReached || pValue < policy.Alpha,
                plan.IsReached || pValue < policy.Alpha ? null : DecisionCodes.TooEarly,
                SequentialSentence(plan, pValue, policy.Alpha));
            if (gate.Passed != true)
            {
                _openPlan.Add(gate);
            }
        }

        private void AddPlanGates()
        {
            bool? enough = plan.PlannedUnits is { } planned ? plan.ObservedUnits >= planned : null;
            Gate units = Add(
                "planned_units", GateKind.Plan, null, plan.PlannedUnits, plan.ObservedUnits, enough,
                enough is null ? "no_planned_units" : enough == false ? DecisionCodes.TooEarly : null,
                plan.PlannedUnits is null
                    ? Text($"The experiment names no planned sample; {plan.ObservedUnits} units are in.")
                    : Text($"{plan.ObservedUnits} of {plan.PlannedUnits} planned units are in."));
            bool? ended = plan.PlannedEnd is null || plan.DataWatermark is null
                ? null
                : plan.DataWatermark >= plan.PlannedEnd;
            double? days = (plan.DataWatermark - plan.PlannedEnd)?.TotalDays;
            Gate end = Add(
                "planned_end", GateKind.Plan, null, 0, days, ended,
                plan.PlannedEnd is null
                    ? "no_planned_end"
                    : ended is null ? Reasons.NoData : ended == false ? DecisionCodes.TooEarly : null,
                (plan.PlannedEnd, plan.DataWatermark) switch
                {
                    (null, _) => "The experiment names no planned end.",
                    (_, null) => Text($"There are no data before the planned end, {Utc(plan.PlannedEnd)}."),
                    _ => Text($"Data reach {Utc(plan.DataWatermark)}; the planned end is {Utc(plan.PlannedEnd)}."),
                });
            _openPlan.AddRange(new[] { units, end }.Where(static gate => gate.Passed != true));
        }

        private void AddPrimaryGates(MetricEvidence metric)
        {
            EffectEstimate effect = metric.Effect;
            double sign = metric.Direction == DesiredDirection.Increase ? 1 : -1;
            double? lift = sign * effect.UpliftRelative;
            double? lower = sign > 0 ? effect.CiRelativeLower : -effect.CiRelativeUpper;
            double? upper = sign > 0 ? effect.CiRelativeUpper : -effect.CiRelativeLower;
            double? pValue = adjusted[(metric.VariationId, metric.MetricId)];
            string? missing = effect.ReasonCode ?? effect.RelativeReason;
            LowerBound ??= missing is null ? lower : null;

            bool? above = missing is null && lift is not null ? lift > policy.MinRelativeLift : null;
            Gate liftGate = Add(
                "primary_lift", GateKind.Primary, metric.MetricId, policy.MinRelativeLift, lift, above,
                above is null ? missing ?? Reasons.NoData : above == false ? DecisionCodes.LiftNotAboveMinimum : null,
                above is null
                    ? Text($"The lift of {metric.MetricId} {Without(lift, missing)}.")
                    : Text($"The lift of {metric.MetricId} in the desired direction is {Percent(lift)}, ")
                        + Text($"{(above.Value ? "above" : "not above")} {Bare(policy.MinRelativeLift)}."));

            // Which way the effect goes is known even where the lift is not.
            bool? small = effect.ReasonCode is null && pValue is not null ? pValue < policy.Alpha : null;
            bool isWorse = small == true && sign * effect.UpliftAbsolute < 0;
            bool? significant = small is null ? null : small.Value && !isWorse;
            Gate significance = Add(
                "primary_significance", GateKind.Primary, metric.MetricId, policy.Alpha, pValue, significant,
                significant switch
                {
                    true => null,
                    null => effect.ReasonCode ?? Reasons.NoData,
                    false => isWorse ? DecisionCodes.PrimaryWorse : DecisionCodes.PrimaryNotSignificant,
                },
                significant is null
                    ? Text($"{metric.MetricId} has no p-value ({effect.ReasonCode ?? Reasons.NoData}).")
                    : Text($"The corrected p-value of {metric.MetricId} is {P(pValue)}, ")
                        + Text($"{(small == true ? "below" : "not below")} {P(policy.Alpha)}")
                        + (isWorse ? ", and the metric got worse." : "."));

            bool? reachable = missing is null && upper is not null ? upper >= policy.MinRelativeLift : null;
            Gate bound = Add(
                "primary_upper_bound", GateKind.Primary, metric.MetricId, policy.MinRelativeLift, upper, reachable,
                reachable switch
                {
                    true => null,
                    null => missing ?? Reasons.NoData,
                    false => DecisionCodes.LiftBelowMinimum,
                },
                reachable is null
                    ? Text($"The lift of {metric.MetricId} has no upper bound ({missing ?? Reasons.NoData}).")
                    : Text($"The upper bound of the lift of {metric.MetricId} is {Percent(upper)}, ")
                        + Text($"{(reachable.Value ? "not below" : "below")} {Bare(policy.MinRelativeLift)}."));

            if (isWorse)
            {
                _worse.Add(significance);
            }

            if (reachable == false)
            {
                _belowMinimum.Add(bound);
            }

            _unknownPrimaries.AddRange(
                new[] { liftGate, significance, bound }.Where(static gate => gate.Passed is null).Take(1));

            if (significant == false)
            {
                _notSignificant.Add(significance);
            }

            if (above == false)
            {
                _notAbove.Add(liftGate);
            }

            Require(metric.MdeRelative, policy.MinRelativeLift);
        }

        private void AddGuardrailGate(MetricEvidence metric)
        {
            EffectEstimate effect = metric.Effect;
            double sign = metric.Direction == DesiredDirection.Increase ? 1 : -1;
            double? lift = sign * effect.UpliftRelative;
            double margin = metric.Margin ?? policy.GuardrailMargin;
            bool hasNumbers = lift is not null && effect.PValue is not null;
            string? missing = effect.ReasonCode ?? (hasNumbers ? null : effect.RelativeReason ?? Reasons.NoData);
            bool isFailed = missing is null && lift < -margin && effect.PValue < policy.GuardrailAlpha;
            bool? passed;
            string? reason;
            string text;
            if (missing is not null)
            {
                (passed, reason) = (null, missing);
                text = Text($"Guardrail {metric.MetricId} has no answer ({missing}).");
            }
            else if (isFailed)
            {
                (passed, reason) = (false, DecisionCodes.GuardrailFailed);
                text = Text($"Guardrail {metric.MetricId} got worse: its lift in the desired direction is ")
                    + Text($"{Percent(lift)}, below {Percent(-margin)}, with p = {P(effect.PValue)}, ")
                    + Text($"below {P(policy.GuardrailAlpha)}.");
            }
            else if (effect.RelativeReason is not null)
            {
                (passed, reason) = (null, effect.RelativeReason);
                text = Text($"Guardrail {metric.MetricId} has a lift without an interval ({effect.RelativeReason}).");
            }
            else if (metric.MdeRelative is not { } detectable)
            {
                (passed, reason) = (null, "mde_unknown");
                text = Text($"Guardrail {metric.MetricId}: it is not known which effect could be seen.");
            }
            else if (detectable > margin)
            {
                (passed, reason) = (null, "underpowered");
                text = Text($"Guardrail {metric.MetricId} cannot be judged: the smallest effect it can show with ")
                    + Text($"power {P(policy.GuardrailPower)} is {Bare(detectable)}, above the margin of ")
                    + Text($"{Bare(margin)} (lift {Percent(lift)}, p = {P(effect.PValue)}).");
            }
            else
            {
                (passed, reason) = (true, null);
                text = Text($"Guardrail {metric.MetricId} held: its lift in the desired direction is ")
                    + Text($"{Percent(lift)} (margin {Percent(-margin)}) with p = {P(effect.PValue)} ")
                    + Text($"(alpha {P(policy.GuardrailAlpha)}).");
            }

            Gate gate = Add("guardrail", GateKind.Guardrail, metric.MetricId, -margin, lift, passed, reason, text);
            if (passed == false)
            {
                _failedGuardrails.Add(gate);
            }
            else if (passed is null)
            {
                _unknownGuardrails.Add(gate);
            }

            Require(metric.MdeRelative, margin);
        }

        /// <summary>
        /// The plan's units times the square of detectable over wanted effect; null once one is unknown.
        /// </summary>
        private void Require(double? detectable, double wanted)
        {
            _required = detectable is null || wanted <= 0 || _required is null
                ? null
                : Math.Max(_required.Value, Math.Pow(detectable.Value / wanted, 2));
        }

        private long? RemainingUnits()
        {
            long planned = Math.Max(0, (plan.PlannedUnits ?? 0) - plan.ObservedUnits);
            if (_required is not { } factor)
            {
                return planned > 0 ? planned : null;
            }

            double missing = Math.Ceiling(plan.ObservedUnits * (factor - 1));
            return Math.Max(planned, missing < long.MaxValue ? (long)missing : long.MaxValue);
        }

        private string Describe(
            string variationId,
            DecisionOutcome outcome,
            Gate? reason,
            MetricEvidence? primary,
            long? remaining)
        {
            string head = outcome switch
            {
                DecisionOutcome.Ship => "Ship",
                DecisionOutcome.DoNotShip => "Do not ship",
                DecisionOutcome.Inconclusive => "Inconclusive for",
                DecisionOutcome.Invalid => "Invalid for",
                _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "No such outcome."),
            };
            string why = reason is null
                ? "all gates passed."
                : Text($"{reason.Sentence} [{reason.Name}]");
            string more = remaining > 0
                ? Text($" Some {remaining} more units are needed.")
                : "";
            return Text($"{head} {variationId}: {why} {Summary(primary)}{more}");
        }

        private string Summary(MetricEvidence? primary)
        {
            if (primary is null)
            {
                return "There is no primary metric.";
            }

            EffectEstimate effect = primary.Effect;
            if (!effect.HasAnswer)
            {
                return Text($"Primary {primary.MetricId}: no answer ({effect.ReasonCode}).");
            }

            double? pValue = adjusted[(primary.VariationId, primary.MetricId)];
            string level = Bare(1 - effect.Alpha);
            string interval = effect.RelativeReason is { } unbounded
                ? Text($"{level} interval not bounded, {unbounded}")
                : Text($"{level} interval {Percent(effect.CiRelativeLower)} to {Percent(effect.CiRelativeUpper)}");
            string direction = primary.Direction == DesiredDirection.Decrease ? ", lower is better" : "";
            return Text($"Primary {primary.MetricId}: lift {Percent(effect.UpliftRelative)} ({interval}{direction}), ")
                + Text($"p = {P(effect.PValue)}, corrected {P(pValue)}.");
        }

        private static string Without(double? lift, string? missing) => lift is null
            ? Text($"has no answer ({missing ?? Reasons.NoData})")
            : Text($"in the desired direction is {Percent(lift)}, without an interval ({missing ?? Reasons.NoData})");

        private Gate Add(
            string name,
            GateKind kind,
            string? metricId,
            double? threshold,
            double? observed,
            bool? passed,
            string? reason,
            string sentence)
        {
            Gate gate = new(gates.Count + 1, name, kind, metricId, threshold, observed, passed, reason, sentence);
            gates.Add(gate);
            return gate;
        }

        private static string Utc(DateTime? time) =>
            time?.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";
    }
}

using System.Globalization;

namespace Experiments.Statistics.Decisions;

/// <content>
/// The complete policy (Schultzberg, Ankargren, Frånberg 2024, arXiv 2402.11609, section 4): ship where every quality
/// gate holds, at least one success metric is superior (one-sided, Holm over success metrics and variations at alpha/2),
/// every guardrail is non-inferior (one-sided, each at the guardrails' alpha, no correction), no success or guardrail
/// metric deteriorated (one-sided, the deterioration alpha split over the metrics tested), and the planned sample and
/// weeks are reached or the sequential bound is crossed. Otherwise: do not ship on deterioration, else more data.
/// </content>
public static partial class DecisionEngine
{
    private static List<Decision> DecideComplete(
        DecisionPolicy policy,
        IReadOnlyList<string> variationIds,
        IReadOnlyList<MetricEvidence> metrics,
        PlanEvidence plan,
        List<Gate> shared,
        Gate? qualityBlocker)
    {
        // One family: the success metrics in all variations.
        MetricEvidence[] successes = [.. metrics.Where(static metric => metric.Role == MetricRole.Primary)];
        double?[] holm =
            MultipleComparisons.Holm([.. successes.Select(static metric => metric.Margins?.SuperiorityPValue)]);
        Dictionary<(string Variation, string Metric), double?> superior = [];
        for (int i = 0; i < successes.Length; i++)
        {
            superior.Add((successes[i].VariationId, successes[i].MetricId), holm[i]);
        }

        List<Decision> decisions = [];
        int best = -1;
        double bestBound = double.NegativeInfinity;
        foreach (string variationId in variationIds)
        {
            CompleteGates gates = new(
                policy,
                plan,
                superior,
                [.. metrics.Where(metric =>
                    metric.VariationId == variationId && metric.Role != MetricRole.Secondary)],
                [.. shared]);
            decisions.Add(gates.Decide(variationId, qualityBlocker));
            if (decisions[^1].Outcome == DecisionOutcome.Ship && gates.LowerBound > bestBound)
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

    private sealed class CompleteGates(
        DecisionPolicy policy,
        PlanEvidence plan,
        Dictionary<(string Variation, string Metric), double?> superior,
        MetricEvidence[] metrics,
        List<Gate> gates)
    {
        private readonly List<(DecisionOutcome Outcome, string Code, Gate Gate)> _blockers = [];

        /// <summary>The lower bound of the best success metric's oriented lift.</summary>
        public double? LowerBound { get; private set; }

        public Decision Decide(string variationId, Gate? qualityBlocker)
        {
            MetricEvidence? lead = Lead();
            LowerBound = lead is null || lead.Effect.RelativeReason is not null
                ? null
                : lead.Direction == DesiredDirection.Increase
                    ? lead.Effect.CiRelativeLower
                    : -lead.Effect.CiRelativeUpper;
            AddPlan(lead);
            AddSuccess(variationId, lead);
            foreach (MetricEvidence guardrail in metrics.Where(static metric => metric.Role == MetricRole.Guardrail))
            {
                AddGuardrail(guardrail);
            }

            foreach (MetricEvidence metric in metrics)
            {
                AddDeterioration(metric);
            }

            (DecisionOutcome outcome, string code, Gate? reason) = Outcome(qualityBlocker);
            long? remaining = outcome == DecisionOutcome.Inconclusive ? RemainingUnits() : null;
            double? pValue = lead is null ? null : superior[(lead.VariationId, lead.MetricId)];
            string head = outcome switch
            {
                DecisionOutcome.Ship => "Ship",
                DecisionOutcome.DoNotShip => "Do not ship",
                DecisionOutcome.Inconclusive => "More data for",
                DecisionOutcome.Invalid => "Invalid for",
                _ => throw new InvalidOperationException("No such outcome: " + outcome),
            };
            string why = reason is null ? "all gates passed." : Text($"{reason.Sentence} [{reason.Name}]");
            string more = remaining > 0 ? Text($" Some {remaining} more units are needed.") : string.Empty;
            return new Decision(
                variationId,
                outcome,
                code,
                Text($"{head} {variationId}: {why} {Summary(lead, pValue)}{more}"),
                gates,
                lead?.MetricId,
                pValue,
                remaining,
                false);
        }

        /// <summary>The success metric with the smallest corrected p-value.</summary>
        private MetricEvidence? Lead() => metrics
            .Where(static metric => metric.Role == MetricRole.Primary)
            .MinBy(metric => superior[(metric.VariationId, metric.MetricId)] ?? 2);

        private (DecisionOutcome Outcome, string Code, Gate? Gate) Outcome(Gate? qualityBlocker)
        {
            if (qualityBlocker is not null)
            {
                string code = qualityBlocker.Passed is null
                    ? DecisionCodes.QualityGateNotEvaluable
                    : DecisionCodes.QualityGateFailed;
                return (DecisionOutcome.Invalid, code, qualityBlocker);
            }

            // An early do_not_ship needs a sequential plan just as an early ship does.
            bool isOpen = !plan.IsSequential && _blockers.Exists(static b => b.Code == DecisionCodes.TooEarly);
            (DecisionOutcome Outcome, string Code, Gate Gate)? first = null;
            foreach ((DecisionOutcome Outcome, string Code, Gate Gate) blocker in _blockers)
            {
                bool isHarm = blocker.Outcome == DecisionOutcome.DoNotShip;
                if (!(isOpen && isHarm)
                    && (first is null || (isHarm && first.Value.Outcome != DecisionOutcome.DoNotShip)))
                {
                    first = blocker;
                }
            }

            return first is { } found
                ? (found.Outcome, found.Code, found.Gate)
                : (DecisionOutcome.Ship, DecisionCodes.AllGatesPassed, null);
        }

        private void AddPlan(MetricEvidence? lead)
        {
            bool? enough = plan.PlannedUnits is { } planned ? plan.ObservedUnits >= planned : null;
            bool? whole = plan.FullWeeks is { } weeks ? weeks >= policy.MinWeeks : null;
            if (plan.IsSequential)
            {
                double? pValue = lead is null ? null : superior[(lead.VariationId, lead.MetricId)];
                bool isMet = (enough == true && whole == true) || pValue < policy.Alpha / 2;
                string sentence = enough == true && whole == true
                    ? Text($"The plan is met: {plan.ObservedUnits} of {plan.PlannedUnits} planned units, {plan.FullWeeks} whole weeks.")
                    : SequentialSentence(plan with { PlannedEnd = null }, pValue, policy.Alpha / 2);
                Block(
                    Add("sequential_bound", GateKind.Plan, lead?.MetricId, policy.Alpha / 2, pValue, isMet,
                        isMet ? null : DecisionCodes.TooEarly, sentence),
                    DecisionCodes.TooEarly);
                return;
            }

            Block(
                Add("planned_units", GateKind.Plan, null, plan.PlannedUnits, plan.ObservedUnits, enough,
                    enough switch { true => null, false => DecisionCodes.TooEarly, null => "no_planned_units" },
                    plan.PlannedUnits is null
                        ? Text($"The experiment names no planned sample; {plan.ObservedUnits} units are in.")
                        : Text($"{plan.ObservedUnits} of {plan.PlannedUnits} planned units are in.")),
                DecisionCodes.TooEarly);
            Block(
                Add("full_weeks", GateKind.Plan, null, policy.MinWeeks, plan.FullWeeks, whole,
                    whole switch { true => null, false => DecisionCodes.TooEarly, null => Reasons.NoData },
                    plan.FullWeeks is null
                        ? "It is not known how many weeks the data span."
                        : Text($"The data span {plan.FullWeeks} whole weeks; {policy.MinWeeks} are needed.")),
                DecisionCodes.TooEarly);
        }

        private void AddSuccess(string variationId, MetricEvidence? lead)
        {
            double level = policy.Alpha / 2;
            double? pValue = lead is null ? null : superior[(lead.VariationId, lead.MetricId)];
            bool? passed = pValue is null ? null : pValue < level;
            string? reason = passed switch
            {
                true => null,
                false => DecisionCodes.NotSuperior,
                null => lead is null ? "no_primary_metric" : Why(lead),
            };
            string sentence = (lead, passed) switch
            {
                (null, _) => Text($"{variationId} has no result of a success metric."),
                (_, null) => Text($"No success metric has an answer ({reason})."),
                (_, true) => Text($"{lead.MetricId} is superior: the corrected one-sided p-value is {P(pValue)}, ")
                    + Text($"below {P(level)}{Others(lead)}."),
                _ => Text($"No success metric is superior: the smallest corrected one-sided p-value is {P(pValue)} ")
                    + Text($"({lead.MetricId}), not below {P(level)}."),
            };
            Block(
                Add("success_superiority", GateKind.Primary, lead?.MetricId, level, pValue, passed, reason, sentence),
                passed is null ? DecisionCodes.PrimaryNotEvaluable : DecisionCodes.NotSuperior);
        }

        private string Others(MetricEvidence lead)
        {
            string[] others =
                [.. metrics.Where(metric => metric.Role == MetricRole.Primary && metric != lead).Select(metric =>
                    Text($"{metric.MetricId} {P(superior[(metric.VariationId, metric.MetricId)])}"))];
            return others.Length == 0 ? string.Empty : "; the others: " + string.Join(", ", others);
        }

        private void AddGuardrail(MetricEvidence metric)
        {
            double margin = metric.Margin ?? policy.GuardrailMargin;
            double sign = metric.Direction == DesiredDirection.Increase ? 1 : -1;
            double? bound = sign * metric.Margins?.Bound;
            bool? passed = metric.Effect.HasAnswer ? metric.Margins?.IsNonInferior : null;
            string Amount(double? value) => metric.Margins?.IsAbsolute == true
                ? value?.ToString("G6", CultureInfo.InvariantCulture) ?? "none"
                : Percent(value);
            string test = metric.Margins?.NonInferiorityPValue is { } p
                ? Text($", one-sided p = {P(p)} at alpha {P(policy.GuardrailAlpha)}")
                : string.Empty;
            string sentence = passed switch
            {
                true => Text($"Guardrail {metric.MetricId} is not worse than the margin: its bound in the desired ")
                    + Text($"direction is {Amount(bound)}, above {Amount(-margin)}{test}."),
                false => Text($"Guardrail {metric.MetricId} is not shown to hold: its bound in the desired direction ")
                    + Text($"is {Amount(bound)}, not above {Amount(-margin)}{test}."),
                null => Text($"Guardrail {metric.MetricId} has no answer ({Why(metric)})."),
            };
            Block(
                Add("guardrail_noninferiority", GateKind.Guardrail, metric.MetricId, -margin, bound, passed,
                    passed switch { true => null, false => DecisionCodes.NotNonInferior, null => Why(metric) }, sentence),
                passed is null ? DecisionCodes.GuardrailNotEvaluable : DecisionCodes.NotNonInferior);
        }

        private void AddDeterioration(MetricEvidence metric)
        {
            double level = policy.DeteriorationAlpha / metrics.Length;
            double? pValue = metric.Effect.HasAnswer ? metric.Margins?.WorsePValue : null;
            bool? passed = pValue is null ? null : pValue >= level;
            string sentence = passed switch
            {
                true => Text($"{metric.MetricId} did not deteriorate: one-sided p = {P(pValue)}, not below {P(level)}."),
                false => Text($"{metric.MetricId} deteriorated: one-sided p = {P(pValue)}, below {P(level)} ")
                    + Text($"({P(policy.DeteriorationAlpha)} over {metrics.Length} metrics)."),
                null => Text($"It is not known whether {metric.MetricId} deteriorated ({Why(metric)})."),
            };
            GateKind kind = metric.Role == MetricRole.Primary ? GateKind.Primary : GateKind.Guardrail;
            Gate gate = Add(
                "no_deterioration", kind, metric.MetricId, level, pValue, passed,
                passed switch { true => null, false => DecisionCodes.Deteriorated, null => Why(metric) }, sentence);
            if (passed == false)
            {
                _blockers.Add((DecisionOutcome.DoNotShip, DecisionCodes.Deteriorated, gate));
            }
            else
            {
                Block(gate, metric.Role == MetricRole.Primary
                    ? DecisionCodes.PrimaryNotEvaluable
                    : DecisionCodes.GuardrailNotEvaluable);
            }
        }

        private static string Why(MetricEvidence metric) =>
            metric.Effect.ReasonCode ?? metric.Effect.RelativeReason ?? Reasons.NotEvaluable;

        private void Block(Gate gate, string code)
        {
            if (gate.Passed != true)
            {
                _blockers.Add((DecisionOutcome.Inconclusive, code, gate));
            }
        }

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

        /// <summary>As in the default policy: the plan, and what makes lift and margins detectable.</summary>
        private long? RemainingUnits()
        {
            long planned = Math.Max(0, (plan.PlannedUnits ?? 0) - plan.ObservedUnits);
            double? factor = 1;
            foreach (MetricEvidence metric in metrics)
            {
                double wanted = metric.Role == MetricRole.Primary
                    ? policy.MinRelativeLift
                    : metric.Margins?.IsAbsolute == true ? 0 : metric.Margin ?? policy.GuardrailMargin;
                factor = metric.MdeRelative is not { } detectable || wanted <= 0 || factor is null
                    ? null
                    : Math.Max(factor.Value, Math.Pow(detectable / wanted, 2));
            }

            if (factor is not { } times)
            {
                return planned > 0 ? planned : null;
            }

            double missing = Math.Ceiling(plan.ObservedUnits * (times - 1));
            return Math.Max(planned, missing < long.MaxValue ? (long)missing : long.MaxValue);
        }

        private static string Summary(MetricEvidence? lead, double? pValue)
        {
            if (lead is null)
            {
                return "There is no success metric.";
            }

            EffectEstimate effect = lead.Effect;
            if (!effect.HasAnswer)
            {
                return Text($"Success metric {lead.MetricId}: no answer ({effect.ReasonCode}).");
            }

            string interval = effect.RelativeReason is { } unbounded
                ? Text($"{Bare(1 - effect.Alpha)} interval not bounded, {unbounded}")
                : Text($"{Bare(1 - effect.Alpha)} interval {Percent(effect.CiRelativeLower)} to {Percent(effect.CiRelativeUpper)}");
            string direction = lead.Direction == DesiredDirection.Decrease ? ", lower is better" : string.Empty;
            return Text($"Success metric {lead.MetricId}: lift {Percent(effect.UpliftRelative)} ({interval}{direction}), ")
                + Text($"corrected one-sided p = {P(pValue)}.");
        }
    }
}

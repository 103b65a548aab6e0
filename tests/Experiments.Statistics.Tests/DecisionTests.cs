using System.Globalization;
using Experiments.Statistics.Decisions;

namespace Experiments.Statistics.Tests;

/// <summary>One constructed case for each gate, outcome and conflict of the default policy.</summary>
public sealed class DecisionTests
{
    private static readonly DateTime s_end = new(2024, 3, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly PlanEvidence s_done = new(1000, 1000, s_end, s_end);
    private static readonly QualityEvidence s_sound = new([new("assigned", .5), new("exposed", .2)], true);
    private static readonly EffectEstimate s_good = Effect(.05, .001, .025, .075);

    [Fact]
    public void Ship_when_every_gate_passed()
    {
        Decision decision = Decide([Primary(s_good), Guardrail(Effect(.001, .8, -.005, .007))]);
        AssertOutcome(decision, DecisionOutcome.Ship, DecisionCodes.AllGatesPassed);
        Assert.All(decision.Gates, gate => Assert.True(gate.Passed));
        Assert.All(decision.Gates, gate => Assert.Null(gate.ReasonCode));
        Assert.Equal(Enumerable.Range(1, decision.Gates.Count), decision.Gates.Select(gate => gate.Order));
        Assert.Equal(
            ["sample_ratio_assigned", "sample_ratio_exposed", "reconciliation", "planned_units", "planned_end", "primary_lift", "primary_significance", "primary_upper_bound", "guardrail"],
            decision.Gates.Select(gate => gate.Name));
        Assert.True(decision.IsBest);
        Assert.Null(decision.RemainingUnits);
        Assert.Equal("primary", decision.PrimaryMetricId);
        Assert.Equal(
            "Ship b: all gates passed. Primary primary: lift +5.00 % (95 % interval +2.50 % to +7.50 %), p = 0.001, corrected 0.001.",
            decision.Sentence);
    }

    [Theory]
    [InlineData(.0009, DecisionOutcome.Invalid)]
    [InlineData(.001, DecisionOutcome.Ship)]
    public void Sample_ratio_is_invalid_below_its_alpha(double p, DecisionOutcome outcome) =>
        Assert.Equal(outcome, Decide([Primary(s_good)], s_sound with { SampleRatios = [new("assigned", p)] }).Outcome);

    [Fact]
    public void Quality_that_failed_or_is_not_known_is_invalid()
    {
        (QualityEvidence Quality, string Code, string Gate)[] cases =
        [
            (s_sound with { SampleRatios = [new("assigned", 1e-9)] }, DecisionCodes.QualityGateFailed, "sample_ratio_assigned"),
            (s_sound with { SampleRatios = [new("assigned", .5, 3)] }, DecisionCodes.QualityGateFailed, "sample_ratio_assigned"),
            (s_sound with { SampleRatios = [new("exposed", null, 0, "no_data")] }, DecisionCodes.QualityGateNotEvaluable, "sample_ratio_exposed"),
            (s_sound with { SampleRatios = [] }, DecisionCodes.QualityGateNotEvaluable, "sample_ratio"),
            (s_sound with { IsReconciled = false, ReconciliationDifference = 7 }, DecisionCodes.QualityGateFailed, "reconciliation"),
            (s_sound with { IsReconciled = null }, DecisionCodes.QualityGateNotEvaluable, "reconciliation"),
            (s_sound with { OtherChecks = [new("late_events", false, "Too many late events.")] }, DecisionCodes.QualityGateFailed, "late_events"),
            (s_sound with { OtherChecks = [new("late_events", null, "No late events table.")] }, DecisionCodes.QualityGateNotEvaluable, "late_events"),
        ];
        foreach ((QualityEvidence quality, string code, string name) in cases)
        {
            Decision decision = Decide([Primary(s_good)], quality);
            AssertOutcome(decision, DecisionOutcome.Invalid, code);
            Gate gate = decision.Gates.Single(gate => gate.Name == name);
            Assert.NotEqual(true, gate.Passed);
            Assert.NotNull(gate.ReasonCode ?? (gate.Name == "late_events" ? "its own" : null));
            Assert.Contains($"[{name}]", decision.Sentence, StringComparison.Ordinal);
            Assert.Contains("+5.00 %", decision.Sentence, StringComparison.Ordinal);
            Assert.False(decision.IsBest);
            Assert.Null(decision.RemainingUnits);
        }
    }

    [Fact]
    public void A_check_that_is_not_required_has_no_say() =>
        Assert.Equal(
            DecisionOutcome.Ship,
            Decide([Primary(s_good)], s_sound with { OtherChecks = [new("hint", false, "A hint.", IsRequired: false)] }).Outcome);

    [Fact]
    public void A_failed_quality_gate_is_named_before_one_that_is_not_known()
    {
        Decision decision = Decide([Primary(s_good)], new([new("assigned", null)], false));
        AssertOutcome(decision, DecisionOutcome.Invalid, DecisionCodes.QualityGateFailed);
    }

    [Fact]
    public void Invalid_comes_before_do_not_ship_and_before_too_early()
    {
        QualityEvidence bad = s_sound with { IsReconciled = false };
        Assert.Equal(DecisionOutcome.Invalid, Decide([Primary(s_good), Guardrail(Effect(-.05, .001, -.08, -.02))], bad).Outcome);
        Assert.Equal(DecisionOutcome.Invalid, Decide([Primary(s_good)], bad, s_done with { ObservedUnits = 1 }).Outcome);
    }

    [Fact]
    public void Both_the_planned_sample_and_the_planned_end_are_required()
    {
        (PlanEvidence Plan, string Gate)[] cases =
        [
            (s_done with { ObservedUnits = 999 }, "planned_units"),
            (s_done with { DataWatermark = s_end.AddTicks(-1) }, "planned_end"),
            (s_done with { PlannedUnits = null }, "planned_units"),
            (s_done with { PlannedEnd = null }, "planned_end"),
            (s_done with { DataWatermark = null }, "planned_end"),
        ];
        foreach ((PlanEvidence plan, string name) in cases)
        {
            Decision decision = Decide([Primary(s_good)], plan: plan);
            AssertOutcome(decision, DecisionOutcome.Inconclusive, DecisionCodes.TooEarly);
            Assert.Contains($"[{name}]", decision.Sentence, StringComparison.Ordinal);
            Assert.NotEqual(true, decision.Gates.Single(gate => gate.Name == name).Passed);
        }

        Assert.Equal(1, Decide([Primary(s_good)], plan: s_done with { ObservedUnits = 999 }).RemainingUnits);
    }

    [Fact]
    public void Before_the_plan_is_met_harm_is_inconclusive_too()
    {
        Decision decision = Decide(
            [Primary(Effect(-.05, 1e-9, -.07, -.03)), Guardrail(Effect(-.05, 1e-9, -.08, -.02))],
            plan: s_done with { ObservedUnits = 10 });
        AssertOutcome(decision, DecisionOutcome.Inconclusive, DecisionCodes.TooEarly);
        Assert.False(decision.Gates.Single(gate => gate.Kind == GateKind.Guardrail).Passed);
    }

    [Fact]
    public void A_guardrail_fails_below_its_margin_with_p_below_its_alpha()
    {
        Decision decision = Decide([Primary(s_good), Guardrail(Effect(-.0101, .0999, -.02, -.001))]);
        AssertOutcome(decision, DecisionOutcome.DoNotShip, DecisionCodes.GuardrailFailed);
        Gate gate = decision.Gates.Single(gate => gate.Kind == GateKind.Guardrail);
        Assert.False(gate.Passed);
        Assert.Equal(-.01, gate.Threshold);
        Assert.Equal(-.0101, gate.Observed);
        Assert.Contains("-1.01 %", decision.Sentence, StringComparison.Ordinal);
        Assert.Contains("[guardrail]", decision.Sentence, StringComparison.Ordinal);

        // On either border it holds.
        Assert.Equal(DecisionOutcome.Ship, Decide([Primary(s_good), Guardrail(Effect(-.01, .01, -.02, -.001))]).Outcome);
        Assert.Equal(DecisionOutcome.Ship, Decide([Primary(s_good), Guardrail(Effect(-.05, .10, -.1, .001))]).Outcome);
    }

    [Fact]
    public void A_guardrail_that_should_fall_fails_when_it_rises()
    {
        EffectEstimate up = Effect(.03, .01, .01, .05);
        Assert.Equal(DecisionOutcome.DoNotShip, Decide([Primary(s_good), Guardrail(up, DesiredDirection.Decrease)]).Outcome);
        Assert.Equal(DecisionOutcome.Ship, Decide([Primary(s_good), Guardrail(up)]).Outcome);
        Assert.Equal(-.03, Decide([Primary(s_good), Guardrail(up, DesiredDirection.Decrease)]).Gates[^1].Observed);
    }

    [Fact]
    public void A_metrics_own_margin_replaces_the_policys()
    {
        EffectEstimate down = Effect(-.03, .01, -.05, -.01);
        Assert.Equal(DecisionOutcome.Ship, Decide([Primary(s_good), Guardrail(down) with { Margin = .05 }]).Outcome);
        Assert.Equal(DecisionOutcome.DoNotShip, Decide([Primary(s_good), Guardrail(down)]).Outcome);
    }

    [Fact]
    public void A_guardrail_that_cannot_be_judged_is_inconclusive()
    {
        (MetricEvidence Guardrail, string Reason)[] cases =
        [
            (Guardrail(Effect(0, .9, -.1, .1)) with { MdeRelative = .0101 }, "underpowered"),
            (Guardrail(Effect(0, .9, -.1, .1)) with { MdeRelative = null }, "mde_unknown"),
            (Guardrail(EffectEstimate.None(Methods.WelchT, .05, Reasons.ZeroVariance)), Reasons.ZeroVariance),
            (Guardrail(Effect(null, .9, null, null, Reasons.ControlZero)), Reasons.ControlZero),
            (Guardrail(Effect(.01, .9, null, null, Reasons.FiellerUnbounded)), Reasons.FiellerUnbounded),
        ];
        foreach ((MetricEvidence guardrail, string reason) in cases)
        {
            Decision decision = Decide([Primary(s_good), guardrail]);
            AssertOutcome(decision, DecisionOutcome.Inconclusive, DecisionCodes.GuardrailNotEvaluable);
            Gate gate = decision.Gates.Single(gate => gate.Kind == GateKind.Guardrail);
            Assert.Null(gate.Passed);
            Assert.Equal(reason, gate.ReasonCode);
        }

        Assert.Equal(DecisionOutcome.Ship, Decide([Primary(s_good), Guardrail(Effect(0, .9, -.1, .1)) with { MdeRelative = .01 }]).Outcome);
    }

    [Fact]
    public void An_underpowered_guardrail_that_failed_has_failed() =>
        AssertOutcome(
            Decide([Primary(s_good), Guardrail(Effect(-.08, .001, -.1, -.06)) with { MdeRelative = .05 }]),
            DecisionOutcome.DoNotShip,
            DecisionCodes.GuardrailFailed);

    [Fact]
    public void A_failed_guardrail_comes_before_one_that_cannot_be_judged() =>
        AssertOutcome(
            Decide(
            [
                Primary(s_good),
                Guardrail(Effect(0, .9, -.1, .1)) with { MdeRelative = .5, MetricId = "g1" },
                Guardrail(Effect(-.05, .001, -.08, -.02)) with { MetricId = "g2" },
            ]),
            DecisionOutcome.DoNotShip,
            DecisionCodes.GuardrailFailed);

    [Fact]
    public void A_significantly_worse_primary_is_not_shipped()
    {
        Decision decision = Decide([Primary(Effect(-.03, .01, -.05, -.01))]);
        AssertOutcome(decision, DecisionOutcome.DoNotShip, DecisionCodes.PrimaryWorse);
        Assert.False(decision.Gates.Single(gate => gate.Name == "primary_significance").Passed);
        AssertOutcome(
            Decide([Primary(Effect(.03, .01, .01, .05), DesiredDirection.Decrease)]),
            DecisionOutcome.DoNotShip,
            DecisionCodes.PrimaryWorse);

        // Worse is known even where the control is zero and the lift is not.
        AssertOutcome(
            Decide([Primary(Effect(null, .01, null, null, Reasons.ControlZero) with { UpliftAbsolute = -1 })]),
            DecisionOutcome.DoNotShip,
            DecisionCodes.PrimaryWorse);
    }

    [Fact]
    public void A_primary_that_should_fall_ships_when_it_falls()
    {
        Decision decision = Decide([Primary(Effect(-.05, .001, -.075, -.025), DesiredDirection.Decrease)]);
        AssertOutcome(decision, DecisionOutcome.Ship, DecisionCodes.AllGatesPassed);
        Assert.Equal(.05, decision.Gates.Single(gate => gate.Name == "primary_lift").Observed);
        Assert.Equal(.075, decision.Gates.Single(gate => gate.Name == "primary_upper_bound").Observed);
        Assert.Contains("lower is better", decision.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void An_upper_bound_below_the_minimum_lift_is_not_shipped()
    {
        AssertOutcome(Decide([Primary(Effect(.005, .3, -.009, .0199))]), DecisionOutcome.DoNotShip, DecisionCodes.LiftBelowMinimum);

        // Significant, and still too small.
        AssertOutcome(Decide([Primary(Effect(.01, .001, .005, .015))]), DecisionOutcome.DoNotShip, DecisionCodes.LiftBelowMinimum);
        AssertOutcome(Decide([Primary(Effect(.005, .3, -.01, .02))]), DecisionOutcome.Inconclusive, DecisionCodes.PrimaryNotSignificant);
    }

    [Fact]
    public void The_primary_has_to_be_above_the_minimum_lift_with_p_below_alpha()
    {
        AssertOutcome(Decide([Primary(Effect(.02, .001, .01, .03))]), DecisionOutcome.Inconclusive, DecisionCodes.LiftNotAboveMinimum);
        AssertOutcome(Decide([Primary(Effect(.05, .05, 0, .1))]), DecisionOutcome.Inconclusive, DecisionCodes.PrimaryNotSignificant);
        AssertOutcome(Decide([Primary(Effect(.0200001, .0499999, .0001, .04))]), DecisionOutcome.Ship, DecisionCodes.AllGatesPassed);
    }

    [Fact]
    public void A_primary_without_an_answer_never_passes()
    {
        EffectEstimate[] cases =
        [
            EffectEstimate.None(Methods.WelchT, .05, Reasons.NoData),
            Effect(null, .001, null, null, Reasons.ControlZero),
            Effect(2, .001, null, null, Reasons.FiellerExclusive),
            Effect(2, .001, .1, null, Reasons.UnboundedAbove),
        ];
        foreach (EffectEstimate effect in cases)
        {
            AssertOutcome(Decide([Primary(effect)]), DecisionOutcome.Inconclusive, DecisionCodes.PrimaryNotEvaluable);
        }

        Decision none = Decide([]);
        AssertOutcome(none, DecisionOutcome.Inconclusive, DecisionCodes.PrimaryNotEvaluable);
        Assert.Null(none.PrimaryMetricId);
    }

    [Fact]
    public void Do_not_ship_comes_before_inconclusive() =>
        AssertOutcome(
            Decide([Primary(EffectEstimate.None(Methods.WelchT, .05, Reasons.NoData)), Guardrail(Effect(-.05, .001, -.08, -.02))]),
            DecisionOutcome.DoNotShip,
            DecisionCodes.GuardrailFailed);

    [Fact]
    public void Secondary_metrics_are_in_no_gate()
    {
        MetricEvidence secondary = new("b", "other", MetricRole.Secondary, DesiredDirection.Increase, Effect(-.5, 1e-9, -.6, -.4), null);
        Decision decision = Decide([Primary(s_good), secondary]);
        Assert.Equal(DecisionOutcome.Ship, decision.Outcome);
        Assert.DoesNotContain(decision.Gates, gate => gate.MetricId == "other");
    }

    [Fact]
    public void P_is_corrected_over_the_variations_by_holm()
    {
        MetricEvidence[] metrics =
        [
            Primary(Effect(.05, .03, .001, .1)),
            Primary(Effect(.05, .01, .001, .1)) with { VariationId = "c" },
            Primary(EffectEstimate.None(Methods.WelchT, .05, Reasons.NoData)) with { VariationId = "d" },
        ];
        IReadOnlyList<Decision> holm = DecisionEngine.Decide(DecisionPolicy.Default, ["b", "c", "d"], metrics, s_sound, s_done);
        Assert.Equal([.03, .02, null], holm.Select(decision => decision.AdjustedPValue));
        Assert.Equal(
            [DecisionOutcome.Ship, DecisionOutcome.Ship, DecisionOutcome.Inconclusive],
            holm.Select(decision => decision.Outcome));
        IReadOnlyList<Decision> bonferroni = DecisionEngine.Decide(
            DecisionPolicy.Default with { Correction = Correction.Bonferroni }, ["b", "c", "d"], metrics, s_sound, s_done);
        Assert.Equal([.06, .02, null], bonferroni.Select(decision => decision.AdjustedPValue));
        Assert.Equal(DecisionOutcome.Inconclusive, bonferroni[0].Outcome);
        IReadOnlyList<Decision> none = DecisionEngine.Decide(
            DecisionPolicy.Default with { Correction = Correction.None }, ["b", "c", "d"], metrics, s_sound, s_done);
        Assert.Equal([.03, .01, null], none.Select(decision => decision.AdjustedPValue));
    }

    [Fact]
    public void The_best_is_the_passing_variation_with_the_largest_lower_bound()
    {
        MetricEvidence[] metrics =
        [
            Primary(Effect(.09, .001, .01, .17)),
            Primary(Effect(.06, .001, .03, .09)) with { VariationId = "c" },
            Primary(Effect(.2, .001, .15, .25)) with { VariationId = "d" },
            Guardrail(Effect(-.05, .001, -.08, -.02)) with { VariationId = "d" },
        ];
        IReadOnlyList<Decision> decisions =
            DecisionEngine.Decide(DecisionPolicy.Default, ["b", "c", "d"], metrics, s_sound, s_done);
        Assert.Equal([false, true, false], decisions.Select(decision => decision.IsBest));
        Assert.Equal(DecisionOutcome.DoNotShip, decisions[2].Outcome);

        MetricEvidence[] falling =
        [
            Primary(Effect(-.09, .001, -.17, -.01), DesiredDirection.Decrease),
            Primary(Effect(-.06, .001, -.09, -.03), DesiredDirection.Decrease) with { VariationId = "c" },
        ];
        Assert.Equal(
            [false, true],
            DecisionEngine.Decide(DecisionPolicy.Default, ["b", "c"], falling, s_sound, s_done).Select(decision => decision.IsBest));
    }

    [Fact]
    public void Remaining_units_serve_the_plan_the_lift_and_the_guardrails()
    {
        EffectEstimate open = Effect(.01, .3, -.01, .03);
        Assert.Equal(3000, Decide([Primary(open) with { MdeRelative = .04 }]).RemainingUnits);
        Assert.Equal(0, Decide([Primary(open) with { MdeRelative = .01 }]).RemainingUnits);
        Assert.Equal(
            8000,
            Decide([Primary(open) with { MdeRelative = .04 }, Guardrail(Effect(0, .9, -.1, .1)) with { MdeRelative = .03 }]).RemainingUnits);
        Assert.Equal(
            9000,
            Decide([Primary(open) with { MdeRelative = .01 }], plan: s_done with { PlannedUnits = 10_000 }).RemainingUnits);
        Assert.Null(Decide([Primary(open) with { MdeRelative = null }]).RemainingUnits);
        Assert.Contains(" 3000 more units", Decide([Primary(open) with { MdeRelative = .04 }]).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Sentences_do_not_depend_on_the_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            comma.NumberFormat.NegativeSign = "~";
            CultureInfo.CurrentCulture = comma;
            Decision decision = Decide([Primary(Effect(-.03, 1e-9, -.05, -.01)), Guardrail(Effect(-.05, .001, -.08, -.02))]);
            Assert.All(decision.Gates, gate => Assert.DoesNotContain("~", gate.Sentence, StringComparison.Ordinal));
            Assert.Contains("lift -3.00 % (95 % interval -5.00 % to -1.00 %)", decision.Sentence, StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Codes_are_those_that_are_stored()
    {
        Assert.Equal(
            ["ship", "do_not_ship", "inconclusive", "invalid"], Enum.GetValues<DecisionOutcome>().Select(outcome => outcome.ToCode()));
        Assert.Equal(["quality", "guardrail", "primary", "plan"], Enum.GetValues<GateKind>().Select(kind => kind.ToCode()));
        Assert.Equal(Correction.Holm, DecisionPolicy.Default.Correction);
    }

    private static Decision Decide(MetricEvidence[] metrics, QualityEvidence? quality = null, PlanEvidence? plan = null) =>
        DecisionEngine.Decide(DecisionPolicy.Default, ["b"], metrics, quality ?? s_sound, plan ?? s_done).Single();

    private static MetricEvidence Primary(
        EffectEstimate effect, DesiredDirection direction = DesiredDirection.Increase) =>
        new("b", "primary", MetricRole.Primary, direction, effect, .015);

    private static MetricEvidence Guardrail(
        EffectEstimate effect, DesiredDirection direction = DesiredDirection.Increase) =>
        new("b", "guard", MetricRole.Guardrail, direction, effect, .005);

    private static EffectEstimate Effect(
        double? lift, double p, double? lower, double? upper, string? relativeReason = null) => new()
        {
            Method = Methods.WelchT,
            Alpha = .05,
            UpliftAbsolute = lift ?? 1,
            UpliftRelative = lift,
            StandardError = .01,
            PValue = p,
            CiRelativeLower = lower,
            CiRelativeUpper = upper,
            RelativeReason = relativeReason,
        };

    private static void AssertOutcome(Decision decision, DecisionOutcome outcome, string code)
    {
        Assert.Equal((outcome, code), (decision.Outcome, decision.Code));
        Assert.All(decision.Gates, gate => Assert.EndsWith(".", gate.Sentence, StringComparison.Ordinal));
    }
}

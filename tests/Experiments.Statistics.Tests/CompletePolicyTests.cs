using Experiments.Statistics.Decisions;

namespace Experiments.Statistics.Tests;

/// <summary>One constructed case for each gate of the complete policy, and for each combination that matters.</summary>
public sealed class CompletePolicyTests
{
    private static readonly DateTime s_start = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly PlanEvidence s_done =
        new(1000, 1000, s_start.AddDays(14), s_start.AddDays(14)) { Start = s_start };

    private static readonly QualityEvidence s_sound = new([new("assigned", .5)], true);

    /// <summary>What changes against a case that ships, and what it leads to.</summary>
    public static TheoryData<string, string, string, string?> Cases => new()
    {
        { "nothing", "ship", "all_gates_passed", null },
        { "srm", "invalid", "quality_gate_failed", "sample_ratio_assigned" },
        { "not reconciled", "invalid", "quality_gate_failed", "reconciliation" },
        { "srm unknown", "invalid", "quality_gate_not_evaluable", "sample_ratio_assigned" },
        { "too few units", "inconclusive", "too_early", "planned_units" },
        { "no planned units", "inconclusive", "too_early", "planned_units" },
        { "six days", "inconclusive", "too_early", "full_weeks" },
        { "no start", "inconclusive", "too_early", "full_weeks" },
        { "not superior", "inconclusive", "not_superior", "success_superiority" },
        { "success without answer", "inconclusive", "primary_not_evaluable", "success_superiority" },
        { "one of two superior", "ship", "all_gates_passed", null },
        { "two, Holm fails both", "inconclusive", "not_superior", "success_superiority" },
        { "guardrail not shown", "inconclusive", "not_noninferior", "guardrail_noninferiority" },
        { "guardrail without answer", "inconclusive", "guardrail_not_evaluable", "guardrail_noninferiority" },
        { "guardrail deteriorated", "do_not_ship", "deteriorated", "no_deterioration" },
        { "guardrail non-inferior and worse", "do_not_ship", "deteriorated", "no_deterioration" },
        { "guardrail worse above the split alpha", "ship", "all_gates_passed", null },
        { "success deteriorated", "do_not_ship", "deteriorated", "no_deterioration" },
        { "deteriorated and srm", "invalid", "quality_gate_failed", "sample_ratio_assigned" },
        { "deteriorated and not superior", "do_not_ship", "deteriorated", "no_deterioration" },
        { "deteriorated before the plan", "inconclusive", "too_early", "planned_units" },
        { "early, bound crossed", "ship", "all_gates_passed", null },
        { "early, bound not crossed", "inconclusive", "too_early", "sequential_bound" },
        { "early, deteriorated over all looks", "do_not_ship", "deteriorated", "no_deterioration" },
        { "sequential at the planned end, not crossed", "inconclusive", "not_superior", "success_superiority" },
        { "secondary worse", "ship", "all_gates_passed", null },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_gate_has_its_outcome(string change, string outcome, string code, string? gate)
    {
        MetricEvidence success = Success("conversion", .001);
        MetricEvidence guardrail = Guardrail(true, .9);
        List<MetricEvidence> more = [];
        QualityEvidence quality = s_sound;
        PlanEvidence plan = s_done;
        PlanEvidence early = s_done with { ObservedUnits = 300, DataWatermark = s_start.AddDays(5), IsSequential = true };
        switch (change)
        {
            case "nothing": break;
            case "srm": quality = new([new("assigned", 1e-9)], true); break;
            case "srm unknown": quality = new([new("assigned", null, 0, "no_data")], true); break;
            case "not reconciled": quality = new([new("assigned", .5)], false, 3); break;
            case "too few units": plan = s_done with { ObservedUnits = 999 }; break;
            case "no planned units": plan = s_done with { PlannedUnits = null }; break;
            case "six days": plan = s_done with { DataWatermark = s_start.AddDays(6.9) }; break;
            case "no start": plan = s_done with { Start = null }; break;
            case "not superior": success = Success("conversion", .0251); break;
            case "success without answer": success = Success("conversion", null); break;
            case "one of two superior":
                success = Success("conversion", .0124);
                more.Add(Success("revenue", .6));
                break;
            case "two, Holm fails both":
                success = Success("conversion", .0126);
                more.Add(Success("revenue", .6));
                break;
            case "guardrail not shown": guardrail = Guardrail(false, .9); break;
            case "guardrail without answer":
                guardrail = guardrail with { Effect = EffectEstimate.None(Methods.WelchT, .05, Reasons.NoData), Margins = null };
                break;
            case "guardrail deteriorated": guardrail = Guardrail(false, .001); break;

            // Two metrics share .05: one is worse below .025.
            case "guardrail non-inferior and worse": guardrail = Guardrail(true, .0249); break;
            case "guardrail worse above the split alpha": guardrail = Guardrail(true, .0251); break;
            case "success deteriorated": success = Success("conversion", .999) with { Margins = new(.999, null, null, null, .001) }; break;
            case "deteriorated and srm":
                guardrail = Guardrail(false, .001);
                quality = new([new("assigned", 1e-9)], true);
                break;
            case "deteriorated and not superior":
                guardrail = Guardrail(false, .001);
                success = Success("conversion", .4);
                break;
            case "deteriorated before the plan":
                guardrail = Guardrail(false, .001);
                plan = s_done with { ObservedUnits = 999 };
                break;
            case "early, bound crossed": plan = early; break;
            case "early, bound not crossed":
                plan = early;
                success = Success("conversion", .03);
                break;
            case "early, deteriorated over all looks":
                plan = early;
                success = Success("conversion", .03);
                guardrail = Guardrail(false, .001);
                break;
            case "sequential at the planned end, not crossed":
                plan = s_done with { IsSequential = true };
                success = Success("conversion", .03);
                break;
            case "secondary worse":
                more.Add(Success("other", .999) with { Role = MetricRole.Secondary, Margins = new(.999, null, null, null, 1e-9) });
                break;
            default: throw new ArgumentOutOfRangeException(nameof(change), change, "No such case.");
        }

        Decision decision = DecisionEngine.Decide(
            Policy(), ["b"], [success, guardrail, .. more], quality, plan).Single();

        Assert.Equal((outcome, code), (decision.Outcome.ToCode(), decision.Code));
        Assert.Equal(Enumerable.Range(1, decision.Gates.Count), decision.Gates.Select(one => one.Order));
        Assert.All(decision.Gates, one => Assert.EndsWith(".", one.Sentence, StringComparison.Ordinal));
        Assert.All(decision.Gates, one => Assert.Equal(one.Passed == true, one.ReasonCode is null));
        if (gate is null)
        {
            Assert.All(decision.Gates, one => Assert.True(one.Passed));
            Assert.Contains("all gates passed", decision.Sentence, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains($"[{gate}]", decision.Sentence, StringComparison.Ordinal);
            Assert.Contains(decision.Gates, one => one.Name == gate && one.Passed != true);
        }

        if (decision.Gates.Any(one => one.Name == "success_superiority" && one.Observed is not null))
        {
            Assert.Contains("+5.00 %", decision.Sentence, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Holm_runs_over_success_metrics_and_variations()
    {
        MetricEvidence[] metrics =
        [
            Success("conversion", .004), Success("revenue", .5),
            Success("conversion", .009) with { VariationId = "c" }, Success("revenue", .5) with { VariationId = "c" },
        ];
        IReadOnlyList<Decision> decisions = DecisionEngine.Decide(Policy(), ["b", "c"], metrics, s_sound, s_done);

        // 4 x .004 = .016 < .025; 3 x .009 = .027.
        Assert.Equal([.016, .027], decisions.Select(decision => Math.Round(decision.AdjustedPValue!.Value, 12)));
        Assert.Equal([DecisionOutcome.Ship, DecisionOutcome.Inconclusive], decisions.Select(decision => decision.Outcome));
        Assert.Equal([true, false], decisions.Select(decision => decision.IsBest));
    }

    [Fact]
    public void More_data_comes_with_how_much()
    {
        Decision plan = DecisionEngine.Decide(
            Policy(), ["b"], [Success("conversion", .4)], s_sound, s_done with { ObservedUnits = 600 }).Single();
        Decision lift = DecisionEngine.Decide(
            Policy(), ["b"], [Success("conversion", .4) with { MdeRelative = .04 }], s_sound, s_done).Single();
        Decision guardrail = DecisionEngine.Decide(
            Policy(),
            ["b"],
            [Success("conversion", .001), Guardrail(false, .4) with { MdeRelative = .03 }],
            s_sound,
            s_done).Single();

        Assert.Equal(400, plan.RemainingUnits);
        Assert.Equal(3000, lift.RemainingUnits);
        Assert.Equal(8000, guardrail.RemainingUnits);
        Assert.Contains("More data for b: ", guardrail.Sentence, StringComparison.Ordinal);
        Assert.Contains("Some 8000 more units are needed.", guardrail.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Under_a_plan_the_default_policy_may_decide_early()
    {
        PlanEvidence early = s_done with { ObservedUnits = 300, DataWatermark = s_start.AddDays(5), IsSequential = true };
        (double P, double Lift, string Outcome, string Code)[] cases =
        [
            (.001, .05, "ship", "all_gates_passed"), (.2, .05, "inconclusive", "too_early"),
            (.001, -.05, "do_not_ship", "primary_worse"),
        ];
        foreach ((double p, double lift, string outcome, string code) in cases)
        {
            MetricEvidence primary = new(
                "b", "conversion", MetricRole.Primary, DesiredDirection.Increase, Effect(lift) with { PValue = p }, .015);
            Decision decision =
                DecisionEngine.Decide(DecisionPolicy.Default, ["b"], [primary], s_sound, early).Single();
            Assert.Equal((outcome, code), (decision.Outcome.ToCode(), decision.Code));
            Assert.Contains(decision.Gates, gate => gate.Name == "sequential_bound");
            Assert.DoesNotContain(decision.Gates, gate => gate.Name == "planned_units");
        }

        // An upper bound below the minimum lift is called at the planned end only.
        MetricEvidence small = new(
            "b", "conversion", MetricRole.Primary, DesiredDirection.Increase,
            Effect(.005) with { PValue = .3, CiRelativeLower = -.01, CiRelativeUpper = .0199 }, .015);
        Assert.Equal(
            DecisionCodes.TooEarly,
            DecisionEngine.Decide(DecisionPolicy.Default, ["b"], [small], s_sound, early).Single().Code);
        Assert.Equal(
            DecisionCodes.LiftBelowMinimum,
            DecisionEngine.Decide(
                DecisionPolicy.Default, ["b"], [small], s_sound, s_done with { IsSequential = true }).Single().Code);
    }

    [Fact]
    public void A_mismatch_names_the_arm_and_whether_the_test_was_sequential()
    {
        SampleRatioEvidence ratio = new("assigned", 1e-5)
        {
            IsSequential = true,
            WorstVariationId = "b",
            WorstDifference = -120.5,
        };
        Gate gate = DecisionEngine.Decide(
            DecisionPolicy.Default, ["b"], [Success("conversion", .001)], new([ratio], true), s_done).Single().Gates[0];

        Assert.Equal(
            "The assigned units contradict the weights: sequential p = 1E-05, below 0.001; b has 120.5 units fewer than expected.",
            gate.Sentence);
    }

    private static DecisionPolicy Policy() => DecisionPolicy.Default with
    {
        Kind = PolicyKind.Complete,
        GuardrailAlpha = .05,
    };

    private static MetricEvidence Success(string metric, double? superiority) => new(
        "b", metric, MetricRole.Primary, DesiredDirection.Increase, Effect(.05), .015)
    {
        Margins = new MarginEvidence(superiority, null, null, null, superiority is null ? .9 : 1 - superiority),
    };

    private static MetricEvidence Guardrail(bool isNonInferior, double worse) => new(
        "b", "latency", MetricRole.Guardrail, DesiredDirection.Decrease, Effect(.001), .005)
    {
        Margins = new MarginEvidence(.5, isNonInferior, isNonInferior ? .01 : .2, isNonInferior ? .005 : .02, worse),
    };

    private static EffectEstimate Effect(double lift) => new()
    {
        Method = Methods.WelchT,
        Alpha = .05,
        UpliftAbsolute = lift,
        UpliftRelative = lift,
        StandardError = .01,
        PValue = .001,
        CiRelativeLower = lift - .02,
        CiRelativeUpper = lift + .02,
    };
}

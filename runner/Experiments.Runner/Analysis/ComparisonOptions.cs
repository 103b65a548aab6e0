using System.Globalization;
using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>All that a comparison of one metric is asked for, from the policy, the metric's row and the command.</summary>
internal sealed record ComparisonOptions
{
    /// <summary>The alpha of the test and its intervals.</summary>
    public required double Alpha { get; init; }

    /// <summary>The alternative.</summary>
    public Alternative Alternative { get; init; }

    /// <summary>The intervals of proportions.</summary>
    public ProportionInterval ProportionInterval { get; init; }

    /// <summary>The intervals of lifts of means and ratios.</summary>
    public LiftInterval LiftInterval { get; init; }

    /// <summary>The test asked for by name.</summary>
    public TestMethod? TestMethod { get; init; }

    /// <summary>Which way is good.</summary>
    public DesiredDirection Direction { get; init; }

    /// <summary>The margin of non-inferiority; null: not tested.</summary>
    public double? Margin { get; init; }

    /// <summary>The one-sided alpha of the tests of non-inferiority, "worse" and superiority.</summary>
    public double MarginAlpha { get; init; }

    /// <summary>Whether margins are relative to the control.</summary>
    public bool IsRelativeMargin { get; init; }

    /// <summary>The margin of superiority.</summary>
    public double SuperiorityMargin { get; init; }

    /// <summary>The margin of equivalence; null: not tested.</summary>
    public double? EquivalenceMargin { get; init; }

    /// <summary>The prior; null: no posterior.</summary>
    public PriorDefinition? Prior { get; init; }

    /// <summary>The options of a metric in an experiment.</summary>
    /// <param name="definition">The experiment.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="interval">The intervals of proportions that the command asks for, before the metric's own.</param>
    public static ComparisonOptions Of(
        ExperimentDefinition definition, MetricDefinition metric, ProportionInterval? interval)
    {
        DecisionPolicy policy = definition.Policy;
        MetricOptions options = metric.Options;
        bool isGuardrail = metric.Role == MetricRole.Guardrail;
        return new ComparisonOptions
        {
            Alpha = policy.Alpha,
            Alternative = !options.IsOneSided
                ? Alternative.TwoSided
                : metric.Direction == DesiredDirection.Increase ? Alternative.Greater : Alternative.Less,
            ProportionInterval = interval ?? options.ProportionInterval ?? ProportionInterval.Score,
            LiftInterval = options.LiftInterval ?? LiftInterval.Fieller,
            TestMethod = options.TestMethod,
            Direction = metric.Direction,
            Margin = metric.Margin ?? (isGuardrail ? policy.GuardrailMargin : null),
            MarginAlpha = isGuardrail ? policy.GuardrailAlpha : policy.Alpha / 2,
            IsRelativeMargin = !options.IsAbsoluteMargin,
            SuperiorityMargin = options.SuperiorityMargin ?? 0,
            EquivalenceMargin = options.EquivalenceMargin,
            Prior = options.Prior,
        };
    }

    /// <summary>What was asked for, as a result row says it: name=value pairs, defaults included.</summary>
    public string Describe(DecisionPolicy policy, SequentialPlan? plan)
    {
        List<string> parts =
        [
            Part("alpha", Alpha),
            "sidedness=" + (Alternative == Alternative.TwoSided ? "two_sided" : "one_sided"),
            "correction=" + OptionNames.Of(OptionNames.Corrections, policy.Correction),
            "correction_family=" + policy.CorrectionFamily,
            "proportion_interval=" + OptionNames.Of(OptionNames.ProportionIntervals, ProportionInterval),
            "relative_interval=" + OptionNames.Of(OptionNames.RelativeIntervals, LiftInterval),
        ];
        if (TestMethod is { } test)
        {
            parts.Add("test_method=" + OptionNames.Of(OptionNames.TestMethods, test));
        }

        parts.Add(Part("margin_alpha", MarginAlpha));
        if (SuperiorityMargin != 0)
        {
            parts.Add(Part("superiority_margin", SuperiorityMargin));
        }

        if (EquivalenceMargin is { } equivalence)
        {
            parts.Add(Part("equivalence_margin", equivalence));
        }

        if (policy.Correction == Correction.PreferentialAlpha)
        {
            parts.Add(Part("primary_share", policy.PrimaryShare));
        }

        if (plan is not null)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"plan={plan.PlanId}/{plan.PlanVersion}"));
        }

        return string.Join("; ", parts);
    }

    private static string Part(string name, double value) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}={value:R}");
}

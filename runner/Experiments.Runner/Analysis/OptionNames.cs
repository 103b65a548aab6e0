using System.Collections.Frozen;
using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>How a prior is given.</summary>
internal enum PriorKind
{
    /// <summary>No prior: the posterior is the likelihood.</summary>
    Flat,

    /// <summary>Normal, on the relative effect.</summary>
    Normal,

    /// <summary>A beta prior of both rates.</summary>
    Beta,
}

/// <summary>The interval of the relative lift of means and ratios.</summary>
internal enum LiftInterval
{
    /// <summary>Fieller's set, which agrees with the test.</summary>
    Fieller,

    /// <summary>The delta method.</summary>
    Delta,

    /// <summary>The delta method on the logarithm of the ratio.</summary>
    LogDelta,
}

/// <summary>A test asked for by name, instead of the one that the metric's type calls for.</summary>
internal enum TestMethod
{
    /// <summary>Mann and Whitney's.</summary>
    MannWhitney,

    /// <summary>Student's t, with one pooled variance.</summary>
    StudentT,
}

/// <summary>The words of the catalog for options, and what they stand for.</summary>
internal static class OptionNames
{
    /// <summary>A family is a metric's variations.</summary>
    public const string OverVariations = "variations";

    /// <summary>A family is all metrics of a role, over the variations.</summary>
    public const string ByRole = "role";

    /// <summary>A family is all metrics but guardrails, over the variations.</summary>
    public const string OverExperiment = "experiment";

    /// <summary>A plan that may be looked at at any time.</summary>
    public const string ConfidenceSequence = "confidence_sequence";

    /// <summary>A plan of looks that spend alpha.</summary>
    public const string GroupSequential = "group_sequential";

    /// <summary>Corrections of a family.</summary>
    public static FrozenDictionary<string, Correction> Corrections { get; } = new Dictionary<string, Correction>
    {
        ["none"] = Correction.None,
        ["bonferroni"] = Correction.Bonferroni,
        ["holm"] = Correction.Holm,
        ["hochberg"] = Correction.Hochberg,
        ["hommel"] = Correction.Hommel,
        ["benjamini_hochberg"] = Correction.BenjaminiHochberg,
        ["benjamini_yekutieli"] = Correction.BenjaminiYekutieli,
        ["preferential_alpha"] = Correction.PreferentialAlpha,
        ["dunnett"] = Correction.Dunnett,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Intervals of proportions.</summary>
    public static FrozenDictionary<string, ProportionInterval> ProportionIntervals { get; } =
        new Dictionary<string, ProportionInterval>
        {
            ["score"] = ProportionInterval.Score,
            ["wald"] = ProportionInterval.Wald,
            ["newcombe"] = ProportionInterval.Newcombe,
            ["miettinen_nurminen"] = ProportionInterval.MiettinenNurminen,
            ["fieller"] = ProportionInterval.Fieller,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Intervals of the lift.</summary>
    public static FrozenDictionary<string, LiftInterval> RelativeIntervals { get; } =
        new Dictionary<string, LiftInterval>
        {
            ["fieller"] = LiftInterval.Fieller,
            ["delta"] = LiftInterval.Delta,
            ["log_delta"] = LiftInterval.LogDelta,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Tests by name.</summary>
    public static FrozenDictionary<string, TestMethod> TestMethods { get; } = new Dictionary<string, TestMethod>
    {
        ["mann_whitney"] = TestMethod.MannWhitney,
        ["student_t"] = TestMethod.StudentT,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Priors.</summary>
    public static FrozenDictionary<string, PriorKind> Priors { get; } = new Dictionary<string, PriorKind>
    {
        ["flat"] = PriorKind.Flat,
        ["normal"] = PriorKind.Normal,
        ["beta"] = PriorKind.Beta,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Spending functions.</summary>
    public static FrozenDictionary<string, SpendingFamily> Spendings { get; } = new Dictionary<string, SpendingFamily>
    {
        ["obrien_fleming"] = SpendingFamily.OBrienFleming,
        ["pocock"] = SpendingFamily.Pocock,
        ["kim_demets"] = SpendingFamily.KimDeMets,
        ["hwang_shih_decani"] = SpendingFamily.HwangShihDeCani,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The word of a value.</summary>
    public static string Of<T>(FrozenDictionary<string, T> names, T value)
        where T : struct =>
        names.First(pair => EqualityComparer<T>.Default.Equals(pair.Value, value)).Key;

    /// <summary>The value of a word, or null for none.</summary>
    public static T? Parse<T>(FrozenDictionary<string, T> names, string? text, string field)
        where T : struct =>
        text is null
            ? null
            : names.TryGetValue(text, out T value)
                ? value
                : throw new RunnerException(
                    ExitCode.Refused,
                    $"The catalog's {field} is '{text}'; allowed are "
                    + string.Join(", ", names.Keys.Order(StringComparer.Ordinal)) + ".");
}

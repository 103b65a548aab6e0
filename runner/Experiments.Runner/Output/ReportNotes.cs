using System.Globalization;
using Experiments.Runner.Analysis;

namespace Experiments.Runner.Output;

/// <summary>The sentences of a report beside the plain comparison; a number that says nothing new has none.</summary>
internal static class ReportNotes
{
    /// <summary>The notes of one treatment in one metric.</summary>
    public static IEnumerable<string> Of(ResultRow row)
    {
        string who = $"{row.MetricId}, {row.VariationId}: ";
        if (row.LookNumber is { } look)
        {
            yield return who + (row.AlwaysValidPValue is { } p
                ? string.Create(CultureInfo.InvariantCulture, $"over all {look} looks p = {Numbers.P(p)}, lift ")
                    + (row.AlwaysValidRelativeLower is null && row.AlwaysValidRelativeUpper is null
                        ? "without a bounded interval."
                        : $"{Numbers.Lift(row.AlwaysValidRelativeLower)} to {Numbers.Lift(row.AlwaysValidRelativeUpper)}.")
                : $"no always-valid answer ({row.SequentialReason}).");
        }

        if (row.IsNonInferior is { } holds && (!holds || row.IsWorse == true))
        {
            yield return who + (holds ? "not worse than its margin" : "not shown to be within its margin")
                + $" (one-sided p = {Numbers.P(row.NonInferiorityPValue)})"
                + (row.IsWorse == true ? ", yet significantly worse." : ".");
        }

        if (row.IsEquivalent is { } same)
        {
            yield return who + (same ? "equivalent" : "not shown to be equivalent")
                + $" (p = {Numbers.P(row.EquivalencePValue)}).";
        }

        if (row.UnadjustedPValue is { } plain)
        {
            yield return who + $"without the covariate {Numbers.Lift(row.UnadjustedUpliftRelative)}, "
                + $"p = {Numbers.P(plain)}"
                + (row.VarianceReduction is { } less
                    ? string.Create(CultureInfo.InvariantCulture, $"; it removes {100 * less:0.#} % of the variance.")
                    : ".");
        }

        if (row.UncappedPValue is { } uncapped)
        {
            yield return who + string.Create(
                CultureInfo.InvariantCulture,
                $"without the cap ({row.CappedCount} values) the effect is {row.UncappedUpliftAbsolute:G4}, ")
                + $"p = {Numbers.P(uncapped)}.";
        }

        if (row.ChanceToBeatControl is { } chance)
        {
            yield return who + string.Create(
                CultureInfo.InvariantCulture,
                $"{100 * chance:0.##} % chance to beat the control, expected loss {row.ExpectedLoss:G3} ")
                + $"(prior {row.Prior}).";
        }

        if (row.SuperiorityShare is { } share)
        {
            yield return who + string.Create(
                CultureInfo.InvariantCulture,
                $"a unit of it exceeds one of the control in {100 * share:0.##} % of pairs (ties count half).");
        }

        if (row.PValue > 1 - row.ConfidenceLevel && row.MetricRole == "primary" && row.MdeRelative is { } seen)
        {
            yield return who + $"not significant; an effect of {Numbers.Lift(seen)} would have been seen (power 80 %).";
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>
/// Experiments that share units with this one: whether both assignments are independent, then whether the effect on the
/// primary metric differs between the other's arms. Neither decides.
/// </summary>
internal static class OverlapChecks
{
    /// <summary>The fewest units that two experiments share to be compared.</summary>
    public const int FewestUnits = 100;

    private const int MostBytes = 64;

    /// <summary>The rows, one of independence for each other experiment and one of interaction for each treatment.</summary>
    public static List<CheckRow> Compute(ExperimentDefinition definition, AnalysisData data)
    {
        List<CheckRow> rows = [];
        MetricDefinition? primary = definition.Metrics.FirstOrDefault(static metric => metric.Role == MetricRole.Primary);
        foreach (IGrouping<string, OverlapCell> other in data.Overlaps
            .GroupBy(static cell => cell.OtherExperimentId, StringComparer.Ordinal))
        {
            OverlapCell[] cells = [.. other];
            ChiSquareResult independence = AddIndependence(definition, other.Key, cells, rows);
            if (primary is not null && cells.Any(static cell => cell.ValueCount > 0))
            {
                foreach (VariationDefinition treatment in definition.Treatments)
                {
                    AddInteraction(definition, primary, treatment, other.Key, cells, independence, rows);
                }
            }
        }

        return rows;
    }

    /// <summary>A name of a check about something that has an id, held to the width of its column.</summary>
    public static string CheckName(string prefix, string id)
    {
        string name = prefix + id;
        if (Encoding.UTF8.GetByteCount(name) <= MostBytes)
        {
            return name;
        }

        // The first of it, and a hash of the whole, so that two long ids stay apart.
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))[..12];
        StringBuilder cut = new(prefix);
        int room = MostBytes - Encoding.UTF8.GetByteCount(prefix) - hash.Length - 1;
        foreach (Rune rune in id.EnumerateRunes())
        {
            if ((room -= rune.Utf8SequenceLength) < 0)
            {
                break;
            }

            cut.Append(rune.ToString());
        }

        return cut.Append('~').Append(hash).ToString();
    }

    private static ChiSquareResult AddIndependence(
        ExperimentDefinition definition, string otherId, OverlapCell[] cells, List<CheckRow> rows)
    {
        string[] others =
            [.. cells.Select(static cell => cell.OtherVariationId).Distinct(StringComparer.Ordinal)];
        ChiSquareResult test = Overlap.Independence(
            [.. definition.Variations.Select(variation => (IReadOnlyList<long>)
                [.. others.Select(other => cells.Where(cell =>
                    cell.VariationId == variation.VariationId && cell.OtherVariationId == other)
                    .Sum(static cell => cell.UnitCount))])]);
        double alpha = definition.Policy.SrmAlpha;
        string detail = test.PValue is { } p
            ? Text($"{cells.Sum(static cell => cell.UnitCount)} units are in {otherId} too; ")
                + (p < alpha
                    ? Text($"the assignments of both depend on one another (p = {p:G4}), so that effects are mixed.")
                    : Text($"their assignments are independent (p = {p:G4})."))
            : Text($"Units are in {otherId} too, but in fewer than two of its arms ({test.ReasonCode}).");
        rows.Add(new CheckRow(
            CheckName("independence_", otherId), string.Empty, string.Empty, alpha, test.ChiSquare, test.PValue,
            test.PValue is null ? null : test.PValue < alpha, test.ReasonCode, detail));
        return test;
    }

    private static void AddInteraction(
        ExperimentDefinition definition,
        MetricDefinition metric,
        VariationDefinition treatment,
        string otherId,
        OverlapCell[] cells,
        ChiSquareResult independence,
        List<CheckRow> rows)
    {
        string name = CheckName("interaction_", otherId);
        double alpha = HonestyChecks.FlagAlpha;
        string? control = cells.FirstOrDefault(static cell => cell.IsOtherControl)?.OtherVariationId;
        string[] treatments = [.. cells.Where(static cell => !cell.IsOtherControl)
            .Select(static cell => cell.OtherVariationId).Distinct(StringComparer.Ordinal)];
        if (independence.PValue is { } p && p < definition.Policy.SrmAlpha)
        {
            rows.Add(new CheckRow(
                name, metric.MetricId, treatment.VariationId, alpha, null, null, null, Reasons.NotEvaluable,
                Text($"Assignments depend on those of {otherId}: an interaction could not be told from that.")));
            return;
        }

        MeanArm At(string variation, string other) => cells
            .FirstOrDefault(cell => cell.VariationId == variation && cell.OtherVariationId == other)?.Arm ?? default;
        EffectEstimate[] found = control is null
            ? []
            : [.. treatments.Select(other => Overlap.Interaction(
                At(definition.Control.VariationId, control),
                At(treatment.VariationId, control),
                At(definition.Control.VariationId, other),
                At(treatment.VariationId, other),
                alpha))];
        int tested = found.Count(static effect => effect.HasAnswer);
        if (tested == 0)
        {
            string reason = found.Length == 0 ? Reasons.OneArm : found[0].ReasonCode!;
            rows.Add(new CheckRow(
                name, metric.MetricId, treatment.VariationId, alpha, null, null, null, reason,
                Text($"Whether the effect on {metric.MetricId} depends on {otherId} has no answer ({reason}).")));
            return;
        }

        // The clearest of the other's treatments stands for all of them, corrected for their number (Bonferroni).
        int clearest = Enumerable.Range(0, found.Length).Where(i => found[i].HasAnswer)
            .MinBy(i => found[i].PValue!.Value);
        EffectEstimate effect = found[clearest];
        double corrected = Math.Min(1, tested * effect.PValue!.Value);
        rows.Add(new CheckRow(
            name, metric.MetricId, treatment.VariationId, alpha, effect.UpliftAbsolute, corrected, corrected < alpha, null,
            Text($"Beside {treatments[clearest]} of {otherId} the effect on {metric.MetricId} is larger by ")
                + Text($"{effect.UpliftAbsolute:G4} ({effect.CiLower:G4} to {effect.CiUpper:G4} at 99 %), ")
                + Text($"p = {corrected:G4}.")));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

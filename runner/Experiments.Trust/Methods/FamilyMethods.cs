using System.Text.Json;
using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>Adjusted p-values.</summary>
internal static class FamilyMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("p_adjust_all", static c => new Answer
        {
            ["holm"] = Answer.List(MultipleComparisons.Holm(PValues(c))),
            ["hochberg"] = Answer.List(MultipleComparisons.Hochberg(PValues(c))),
            ["hommel"] = Answer.List(MultipleComparisons.Hommel(PValues(c))),
            ["bh"] = Answer.List(MultipleComparisons.BenjaminiHochberg(PValues(c))),
            ["by"] = Answer.List(MultipleComparisons.BenjaminiYekutieli(PValues(c))),
            ["bonferroni"] = Answer.List(MultipleComparisons.Bonferroni(PValues(c))),
        }),
        new("p_adjust_bonferroni", static c => One(MultipleComparisons.Bonferroni(PValues(c)))),
        new("p_adjust_holm", static c => One(MultipleComparisons.Holm(PValues(c)))),
        new("p_adjust_hochberg", static c => One(MultipleComparisons.Hochberg(PValues(c)))),
        new("p_adjust_hommel", static c => One(MultipleComparisons.Hommel(PValues(c)))),
        new("p_adjust_bh", static c => One(MultipleComparisons.BenjaminiHochberg(PValues(c)))),
        new("p_adjust_by", static c => One(MultipleComparisons.BenjaminiYekutieli(PValues(c)))),
    ];

    private static Answer One(double?[] adjusted) => new() { ["p_adjusted"] = Answer.List(adjusted) };

    private static double?[] PValues(Case c) => [.. c.Items("p")
        .Select(static p => p.ValueKind == JsonValueKind.Null ? (double?)null : p.GetDouble())];
}

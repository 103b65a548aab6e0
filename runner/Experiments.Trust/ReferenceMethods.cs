using System.Collections.Frozen;
using Experiments.Trust.Methods;

namespace Experiments.Trust;

/// <summary>The methods that reference values may name, and the functions of this program that answer them.</summary>
public static class ReferenceMethods
{
    private static readonly FrozenDictionary<string, Func<Case, Answer>> Table =
        new IEnumerable<KeyValuePair<string, Func<Case, Answer>>>[]
        {
            MeanMethods.Table,
            RelativeMethods.Table,
            ProportionMethods.Table,
            MarginMethods.Table,
            AdjustmentMethods.Table,
            RankAndQuantileMethods.Table,
            SequentialMethods.Table,
            SampleRatioMethods.Table,
            FamilyMethods.Table,
            BayesianMethods.Table,
            PowerMethods.Table,
            DistributionMethods.Table,
            DiagnosticMethods.Table,
        }
        .SelectMany(static part => part)
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All names, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names => [.. Table.Keys.Order(StringComparer.Ordinal)];

    internal static Func<Case, Answer>? Find(string method) => Table.GetValueOrDefault(method);
}

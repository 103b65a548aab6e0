namespace Experiments.Simulations;

/// <summary>All studies and how long they run.</summary>
internal static class Studies
{
    /// <summary>Runs of a study of weight 1.</summary>
    internal const long FullRuns = 100_000;

    /// <summary>Its runs in the quick mode.</summary>
    internal const long QuickRuns = 10_000;

    internal static IEnumerable<Study> All() => 
        [.. MeanStudies.All(), .. CountStudies.All(), .. ClusterStudies.All(), .. LookStudies.All()];

    /// <summary>A seed of the study's own, by its name: adding a study leaves the others' draws as they are.</summary>
    internal static ulong Seed(Study study, ulong seed)
    {
        ulong hash = 14695981039346656037UL ^ seed;
        foreach (char letter in study.Group + "|" + study.Setting)
        {
            hash = (hash ^ letter) * 1099511628211UL;
        }

        return hash;
    }
}

namespace Experiments.Statistics;

/// <summary>The exact test taken where the pooled z test is not to be trusted.</summary>
public enum SmallCellTest
{
    /// <summary>
    /// Lancaster's mid-p: twice the smaller tail with half the observed table's probability, at most 1.
    /// </summary>
    MidP,

    /// <summary>Fisher's exact test: all tables at most as probable as the observed one.</summary>
    Fisher,
}

using Experiments.Mutations;

namespace Experiments.Lint.Tests;

/// <summary>The planted bugs of tests/Mutations fit the source: each text to replace occurs once in its file.</summary>
public sealed class MutationTableTests
{
    [Fact]
    public void Every_planted_bug_fits_the_source_and_there_are_twenty_areas_at_least() =>
        Assert.True(MutationTable.Load(Repository.Root).Select(static m => m.Area).Distinct().Count() >= 20);
}

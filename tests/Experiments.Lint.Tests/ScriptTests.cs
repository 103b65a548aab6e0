namespace Experiments.Lint.Tests;

/// <summary>The product's own scripts break no rule.</summary>
/// <param name="known">The columns that the scripts declare, found once for all of them.</param>
public sealed class ScriptTests(KnownColumns known) : IClassFixture<KnownColumns>
{
    public static TheoryData<string> Scripts() => [.. Repository.Scripts()];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_stays_inside_the_portable_subset(string path) => CheckNothingIsFound(path, Profile.Portable);

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_shared_script_uses_nothing_that_Fabric_Warehouse_lacks(string path) =>
        CheckNothingIsFound(path, Profile.Fabric);

    private void CheckNothingIsFound(string path, Profile profile)
    {
        var findings = RuleBook.Check(Script.Load(path, known.Types), profile);
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }
}

namespace Experiments.Lint.Tests;

/// <summary>Each rule has files that it must refuse, at a stated place, and files that nearly break it and pass.</summary>
public sealed class RuleTests
{
    public static TheoryData<string> Rejected() => [.. Repository.Files("tests/Experiments.Lint.Tests/Rejected")];

    public static TheoryData<string> Accepted() => [.. Repository.Files("tests/Experiments.Lint.Tests/Accepted")];

    [Theory]
    [MemberData(nameof(Rejected))]
    public void A_file_is_rejected_by_its_rule_alone_at_the_stated_place(string path)
    {
        var example = Example.Read(path);
        Assert.NotNull(example.Expected);
        Assert.Equal([example.Expected], example.Findings().Select(static f => FormattableString.Invariant($"{f.Rule} at {f.Line}:{f.Column}")));
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public void A_near_miss_is_accepted(string path)
    {
        var example = Example.Read(path);
        Assert.Null(example.Expected);
        Assert.Equal([], example.Findings().Select(static f => f.ToString()));
    }

    [Theory]
    [InlineData(nameof(Profile.Portable), "")]
    [InlineData(nameof(Profile.Fabric), "fabric/")]
    public void Each_rule_has_a_file_that_fails_and_one_that_passes(string profile, string folder)
    {
        var missing = new List<string>();
        foreach (var rule in RuleBook.Rules(Enum.Parse<Profile>(profile)))
        {
            var rejected = Path.Combine(Repository.LintFolder, "Rejected", folder, rule.Id + ".sql");
            if (!File.Exists(rejected))
            {
                missing.Add($"Rejected/{folder}{rule.Id}.sql");
            }
            else if (!Example.Read(Path.GetRelativePath(Repository.Root, rejected).Replace('\\', '/')).Expected!
                .StartsWith(rule.Id + " at ", StringComparison.Ordinal))
            {
                missing.Add($"Rejected/{folder}{rule.Id}.sql that expects {rule.Id}");
            }

            if (!File.Exists(Path.Combine(Repository.LintFolder, "Accepted", folder, rule.Id + ".sql")))
            {
                missing.Add($"Accepted/{folder}{rule.Id}.sql");
            }
        }

        Assert.Equal([], missing);
    }

    [Fact]
    public void Names_of_rules_are_unique()
    {
        var names = RuleBook.Rules(Profile.Both).Select(static r => r.Id).ToList();
        Assert.Equal(names.Distinct(StringComparer.Ordinal), names);
    }

    [Fact]
    public void A_finding_prints_its_place_its_rule_what_is_wrong_and_what_to_write_instead()
    {
        var finding = Example.Read("tests/Experiments.Lint.Tests/Rejected/select-star.sql").Findings().Single();
        Assert.Equal(
            "database/marts/plays.sql:7:5: select-star: SELECT * follows every change of its source; name the columns.",
            finding.ToString());
    }
}

using System.Text;
using Experiments.Trust;

namespace Experiments.Statistics.Tests;

/// <summary>The reference values that the program ships with, and the way they are compared.</summary>
public sealed class VectorTests
{
    public static TheoryData<string> Ids() => [.. ReferenceValue.Shipped().Select(static value => value.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_reference_value_is_met(string id)
    {
        ReferenceOutcome outcome = ReferenceCheck.Run(ReferenceValue.Shipped().Single(value => value.Id == id));
        Assert.True(outcome.Status == ReferenceStatus.Passed, Describe(outcome));
        Assert.NotEmpty(outcome.Numbers);
    }

    [Fact]
    public void Every_shipped_value_has_its_provenance_and_every_method_a_value()
    {
        IReadOnlyList<ReferenceValue> shipped = ReferenceValue.Shipped();
        Assert.Equal(117, shipped.Count);
        Assert.All(shipped, static value => Assert.False(string.IsNullOrWhiteSpace(value.Source)));
        Assert.All(shipped, static value => Assert.False(string.IsNullOrWhiteSpace(value.VerifiedBy)));
        HashSet<string> used = [.. shipped.Select(static value => value.Method)];

        // Benjamini's two are in p_adjust_all.
        Assert.Equal(["p_adjust_bh", "p_adjust_by"], ReferenceMethods.Names.Where(name => !used.Contains(name)));
    }

    [Theory]
    [InlineData("""{"effect": 0.5}""", """{"rel": 1e-9}""", ReferenceStatus.Failed)]
    [InlineData("""{"effect": 1.0000001}""", """{"rel": 1e-6}""", ReferenceStatus.Passed)]
    [InlineData("""{"effect": 1.0000001}""", """{"rel": 1e-9}""", ReferenceStatus.Failed)]
    [InlineData("""{"effect": 1.0000001}""", """{"rel": 1e-9, "abs": 1e-6}""", ReferenceStatus.Passed)]
    [InlineData("""{"effect": 1.01}""", """{"rel": 1e-9, "rel_effect": 0.1}""", ReferenceStatus.Passed)]
    [InlineData("""{"effect": 1.01}""", """{"rel": 0.1, "rel_effect": 1e-9}""", ReferenceStatus.Failed)]
    [InlineData("""{"effect": 1.000001}""", "{}", ReferenceStatus.Failed)]
    [InlineData("""{"effect": null}""", """{"rel": 1}""", ReferenceStatus.Failed)]
    [InlineData("""{"ci_low": "-Infinity"}""", """{"rel": 1}""", ReferenceStatus.Failed)]
    [InlineData("""{"effect": true}""", """{"rel": 1}""", ReferenceStatus.Failed)]
    [InlineData("""{"effect": [1]}""", """{"rel": 1}""", ReferenceStatus.Failed)]
    [InlineData("""{"effect": {"a": 1}}""", """{"rel": 1}""", ReferenceStatus.Failed)]
    [InlineData("""{"effect": 1, "colour": 3}""", """{"rel": 1e-9}""", ReferenceStatus.NotCovered)]
    [InlineData("""{"effect": 2, "colour": 3}""", """{"rel": 1e-9}""", ReferenceStatus.Failed)]
    public void Numbers_are_held_to_their_tolerance(string expected, string tolerance, ReferenceStatus status) =>
        Assert.Equal(status, RunWelch(expected, tolerance).Status);

    [Fact]
    public void A_one_sided_interval_has_an_infinite_end_which_is_null_here() =>
        Assert.Equal(ReferenceStatus.Passed, RunWelch("""{"ci_low": "-Infinity"}""", "{}", """, "alternative": "less" """).Status);

    [Fact]
    public void Arms_come_as_moments_sums_counts_or_rows()
    {
        // Rows 1, 2, 3 and 2, 4: means 2 and 3, variances 1 and 2, SE² = 1/3 + 1.
        foreach ((string control, string treatment) in ((string, string)[])
            [
                ("[1, 2, 3]", "[2, 4]"),
                ("""{"n": 3, "mean": 2, "var": 1}""", """{"n": 2, "sum": 6, "sum_squares": 20}"""),
            ])
        {
            ReferenceOutcome outcome = Run(
                "welch_t_absolute",
                $$"""{"control": {{control}}, "treatment": {{treatment}}, "alpha": 0.05}""",
                """{"effect": 1, "se": 1.1547005383792515}""");
            Assert.True(outcome.Status == ReferenceStatus.Passed, Describe(outcome));
        }

        // 1 of 4 has the variance 3/16, not 1/4.
        Assert.Equal(ReferenceStatus.Passed, Run(
            "welch_t_absolute",
            """{"control": {"n": 4, "x": 1}, "treatment": {"n": 4, "x": 1}, "alpha": 0.05}""",
            """{"se": 0.30618621784789724}""").Status);
    }

    [Fact]
    public void What_is_not_known_is_not_covered_and_what_is_impossible_has_failed()
    {
        Assert.Equal(ReferenceStatus.NotCovered, Run("tarot", "{}", """{"card": 13}""").Status);
        Assert.Equal(ReferenceStatus.NotCovered, Run(
            "group_sequential_alpha_spending_bounds",
            """{"information_fractions": [0.5, 1], "alpha_one_sided": 0.025, "spending": "what is left"}""",
            """{"critical_z": [2, 2]}""").Status);
        ReferenceOutcome lacking = Run("welch_t_absolute", "{}", """{"effect": 1}""");
        Assert.Equal(ReferenceStatus.Failed, lacking.Status);
        Assert.Contains("'control'", lacking.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "not JSON")]
    [InlineData("{}", "list")]
    [InlineData("[1]", "no JSON object")]
    [InlineData("""[{"method": "m"}]""", "no id")]
    [InlineData("""[{"id": "a"}]""", "no method")]
    [InlineData("""[{"id": "a", "method": "m", "expected": {}}]""", "no inputs")]
    [InlineData("""[{"id": "a", "method": "m", "inputs": [], "expected": {}}]""", "no JSON object")]
    [InlineData("""[{"id": "a", "method": "m", "inputs": {}, "expected": {}}, {"id": "a", "method": "m", "inputs": {}, "expected": {}}]""", "twice")]
    public void A_file_of_another_shape_is_refused(string json, string part) =>
        Assert.Contains(part, Assert.Throws<FormatException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Fields_whose_names_hold_numbers_are_read()
    {
        // Hwang, Shih and DeCani's function by its formula in words; a = .05 two-sided, g = 1, half way: .6225 of .025.
        double spent = .025 * (1 - Math.Exp(-.5)) / (1 - Math.Exp(-1));
        ReferenceOutcome outcome = Run(
            "group_sequential_alpha_spending_bounds",
            """{"information_fractions": [0.5, 1], "alpha_two_sided": 0.05, "spending": "a*(1-exp(-1*t))/(1-exp(-1))"}""",
            FormattableString.Invariant($$"""{"cumulative_alpha": [{{spent:R}}, 0.025]}"""));
        Assert.True(outcome.Status == ReferenceStatus.Passed, Describe(outcome));
    }

    private static ReferenceOutcome RunWelch(string expected, string tolerance, string more = "") => Run(
        "welch_t_absolute",
        $$"""{"control": {"n": 10, "mean": 1, "var": 1}, "treatment": {"n": 10, "mean": 2, "var": 1}, "alpha": 0.05 {{more}}}""",
        expected,
        tolerance);

    private static ReferenceOutcome Run(string method, string inputs, string expected, string tolerance = "{}") =>
        ReferenceCheck.Run(Read(
            $$"""[{"id": "one", "method": "{{method}}", "inputs": {{inputs}}, "expected": {{expected}}, "tolerance": {{tolerance}}}]""").Single());

    private static IReadOnlyList<ReferenceValue> Read(string json)
    {
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(json));
        return ReferenceValue.Read(stream);
    }

    private static string Describe(ReferenceOutcome outcome) => string.Join(
        '\n',
        [
            $"{outcome.Value.Id} {outcome.Status} {outcome.Problem} missing: {string.Join(", ", outcome.Missing)}",
            .. outcome.Numbers.Where(static number => !number.IsWithin)
                .Select(static number => $"{number.Field}: expected {number.Expected}, got {number.Actual}"),
        ]);
}

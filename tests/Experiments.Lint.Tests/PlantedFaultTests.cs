namespace Experiments.Lint.Tests;

/// <summary>
/// Faults planted in the project's own scripts are found: the rules know the types of columns through migrations, views,
/// inline functions, common table expressions and #tables, not only where a CAST stands next to them.
/// </summary>
/// <param name="known">The columns that the scripts declare.</param>
public sealed class PlantedFaultTests(KnownColumns known) : IClassFixture<KnownColumns>
{
    [Theory]
    [InlineData("staging/load_assignments", "p.parsed_at AS assigned_at,", "CAST(a.assigned_at AS datetime2(6)) AS assigned_at,", "raw-conversion")]
    [InlineData("staging/load_assignments", "WHERE t.rule_name IS NOT NULL;", "WHERE t.line_number = '7';", "text-comparison")]
    [InlineData("marts/load_fct_experiment_exposure_quality_daily", "SUM(CAST(v.multi_variation_exposure AS bigint))", "SUM(v.multi_variation_exposure)", "bit-aggregate")]
    [InlineData(
        "marts/load_fct_experiment_exposure_quality_daily",
        "CAST(u.exposed_unit_count AS float) / NULLIF(CAST(u.assigned_unit_count AS float), 0)",
        "u.exposed_unit_count / NULLIF(u.assigned_unit_count, 0)", "integer-division")]
    [InlineData(
        "marts/load_fct_experiment_exposure_quality_daily",
        "NULLIF(CAST(u.assigned_unit_count AS float), 0)", "CAST(u.assigned_unit_count AS float)", "nullif-denominator")]
    [InlineData("quality/reconciliation", "SUM(s.row_count) AS row_count", "AVG(s.row_count) AS row_count", "integer-aggregate")]
    [InlineData("catalog/problems", "CAST(m.margin AS varchar(32))", "m.margin", "number-to-text")]
    [InlineData("marts/int_experiment_metric_outcomes", "ELSE COALESCE(g.d, 0e0)\n    END AS denominator_value", "ELSE CONCAT('', g.d)\n    END AS denominator_value", "number-to-text")]
    [InlineData("marts/load_experiment_measures", "COUNT_BIG(*) AS event_count", "COUNT(*) AS event_count", "count-big")]
    [InlineData("results/experiment_srm", "s.stage,", "stage,", "qualified-column")]
    [InlineData("staging/load_events", "SET XACT_ABORT ON;", "", "procedure-prologue")]
    [InlineData("staging/load_events", "    THROW;\nEND CATCH;", "END CATCH;", "procedure-transaction")]
    public void A_planted_fault_is_found_by_its_rule_alone(string definition, string right, string wrong, string rule)
    {
        var path = $"database/{definition}.sql";
        var planted = false;
        var script = Script.Parse(path, Repository.Read(path), known.Types, text =>
        {
            var at = text.IndexOf(right, StringComparison.Ordinal);
            planted = at >= 0;
            return planted ? text[..at] + wrong + text[(at + right.Length)..] : text;
        });
        Assert.True(planted, $"{path} does not hold the text to replace.");
        Assert.Equal([rule], RuleBook.Check(script, Profile.Portable).Select(static f => f.Rule).Distinct());
    }
}

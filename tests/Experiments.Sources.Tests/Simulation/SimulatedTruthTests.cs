using System.Globalization;
using System.Text.RegularExpressions;

namespace Experiments.Sources.Tests;

/// <summary>The files of a simulation through every layer: each number of truth.json, found again.</summary>
public sealed class SimulatedTruthTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(4000, 7)]
    public async Task Every_planted_number_is_found_again_in_the_marts(long units, int seed)
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var truth = await Simulator.WriteAsync(new SimulationOptions("exp_1", units, seed, db.Folder), null, Token);
        await SimulatedCatalog.ApplyAsync(db);
        foreach (var file in truth.Files)
        {
            await db.LoadAsync(file.Source, Path.Combine(db.Folder, file.Name));
        }

        await db.RunAsync("EXEC staging.load_all; EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
        await db.RequireBalanceAsync();
        Assert.Equal("", await db.RowsAsync("SELECT * FROM catalog.problems"));

        Assert.Equal(
            $"{units}|{truth.AssignmentConflicts}",
            await db.RowsAsync(
                "SELECT COUNT_BIG(*), SUM(CAST(is_conflict AS bigint)) FROM staging.stg_experiment_assignments"));
        Assert.Equal(
            $"{truth.PreAssignmentExposure}|{truth.VariantMismatch}|{truth.MultiVariationExposure}|"
            + $"{truth.ExposureOutsideWindow}|{truth.UnassignedExposure}",
            await db.RowsAsync("""
                SELECT SUM(CAST(pre_assignment_exposure AS bigint)), SUM(CAST(variant_mismatch AS bigint)),
                    SUM(CAST(multi_variation_exposure AS bigint)), SUM(CAST(exposure_outside_window AS bigint)),
                    SUM(CAST(unassigned_exposure AS bigint))
                FROM marts.int_experiment_exposure_validation
                """));
        Assert.Equal(
            truth.UnknownVariationExposure.ToString(CultureInfo.InvariantCulture),
            await db.RowsAsync("""
                SELECT COUNT_BIG(DISTINCT e.unit_id) FROM staging.stg_experiment_exposures AS e
                WHERE NOT EXISTS (SELECT 1 FROM catalog.experiment_variations AS v
                    WHERE v.experiment_id = e.experiment_id AND v.variation_id = e.variation_id)
                """));
        Assert.Equal(
            string.Join('\n', truth.Arms.Select(static a => $"{a.VariationId}|{a.IttUnits}|{a.ExposedUnits}")),
            await db.RowsAsync("""
                SELECT variation_id, SUM(CAST(is_itt AS bigint)), SUM(CAST(is_exposed AS bigint))
                FROM marts.fct_experiment_cohort GROUP BY variation_id ORDER BY variation_id
                """));
        await RequireSumsAsync(truth, db);
    }

    [Fact]
    public async Task Every_trap_is_planted_and_in_units_of_its_own()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var truth = await Simulator.WriteAsync(new SimulationOptions("exp_1", 4000, 7, db.Folder), null, Token);
        Assert.Equal(
            (10, 10, 10, 10, 20, 5, 20, 20, 30),
            (truth.AssignmentConflicts, truth.PreAssignmentExposure, truth.ExposureOutsideWindow, truth.UnassignedExposure,
                truth.VariantMismatch, truth.UnknownVariationExposure, truth.DuplicateAssignments, truth.DuplicateEvents,
                truth.EventsOutsideMetricWindow));

        // The only flags that fall on one unit are those of a unit that saw its own variation and another one.
        foreach (var file in truth.Files)
        {
            await db.LoadAsync(file.Source, Path.Combine(db.Folder, file.Name));
        }

        await SimulatedCatalog.ApplyAsync(db);
        await db.RunAsync("EXEC staging.load_all; EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
        Assert.Equal(
            "10|0|0|0|0|1|0\n10|0|0|0|1|0|1\n10|0|1|0|0|0|0\n10|0|1|1|0|0|1\n10|1|0|0|0|0|1",
            await db.RowsAsync("""
                SELECT COUNT_BIG(*), v.pre_assignment_exposure, v.variant_mismatch, v.multi_variation_exposure,
                    v.exposure_outside_window, v.unassigned_exposure, v.is_valid_exposure
                FROM marts.int_experiment_exposure_validation AS v
                WHERE v.pre_assignment_exposure = 1 OR v.variant_mismatch = 1 OR v.multi_variation_exposure = 1
                    OR v.exposure_outside_window = 1 OR v.unassigned_exposure = 1
                GROUP BY v.pre_assignment_exposure, v.variant_mismatch, v.multi_variation_exposure,
                    v.exposure_outside_window, v.unassigned_exposure, v.is_valid_exposure
                ORDER BY 2, 3, 4, 5
                """));
        Assert.Equal(
            "0|0",
            await db.RowsAsync("""
                SELECT COUNT_BIG(v.unit_id), COUNT_BIG(CASE WHEN a.assignment_count > 1 AND e.is_repeated = 1 THEN 1 END)
                FROM staging.stg_experiment_assignments AS a
                LEFT JOIN marts.int_experiment_exposure_validation AS v
                    ON v.experiment_id = a.experiment_id AND v.unit_id = a.unit_id
                    AND (v.pre_assignment_exposure = 1 OR v.variant_mismatch = 1 OR v.exposure_outside_window = 1)
                LEFT JOIN
                (
                    SELECT DISTINCT c.unit_id, 1 AS is_repeated
                    FROM staging.stg_conversion_events AS c
                    INNER JOIN staging.duplicates AS d ON d.source = 'events' AND d.key_value = c.event_id
                ) AS e
                    ON e.unit_id = a.unit_id
                WHERE a.assignment_count > 1
                """));
    }

    [Fact]
    public async Task Every_form_of_a_timestamp_occurs()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        await Simulator.WriteAsync(new SimulationOptions("exp_1", 4000, 7, db.Folder), null, Token);
        var lines = await File.ReadAllLinesAsync(Path.Combine(db.Folder, "assignments.csv"), Token);
        var exposures = await File.ReadAllLinesAsync(Path.Combine(db.Folder, "exposures.csv"), Token);
        var shapes = lines.Skip(1).Select(static l => l.Split(',')).Where(static f => f.Length == 4)
            .Select(static f => f[3])
            .Concat(exposures.Skip(1).Select(static l => l.Split(',')[3]))
            .Select(static t => Regex.Replace(t, "[0-9]", "0"))
            .ToHashSet(StringComparer.Ordinal);
        string[] expected =
        [
            "0000-00-00", "0000-00-00T00:00:00", "0000-00-00 00:00:00Z", "0000-00-00T00:00:00+00:00",
            "0000-00-00 00:00:00.0", "0000-00-00T00:00:00.000Z", "0000-00-00 00:00:00.000",
            "0000-00-00T00:00:00.000+00:00", "0000-00-00 00:00:00.0000Z", "0000-00-00T00:00:00.000000",
            "0000-00-00 00:00:00.000000-00:00", "0000-00-00T00:00:00.0000000Z", "0000000000", "0000000000000",
        ];
        Assert.Empty(expected.Except(shapes));
    }

    /// <summary>
    /// With f the share of a trap's units (1 in 400), b = .1 the baseline and l = .18 the lift of units without a trap:
    /// two traps always buy and three never do in time, so the lift is l b (1 - 5 f) / (b (1 - 5 f) + 2 f).
    /// </summary>
    [Fact]
    public async Task The_true_lift_is_that_of_all_units_and_the_files_have_it()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var truth = await Simulator.WriteAsync(new SimulationOptions("exp_1", 200_000, 3, db.Folder), null, Token);
        Assert.Equal(0.171325301204819, Lift("conversion", "treatment_a"), 12);
        Assert.Equal(0, Lift("revenue", "treatment_b"));
        foreach (var effect in truth.Effects.Where(static e => e.MetricId == "conversion"))
        {
            var control = Arm(truth, "control");
            var treatment = Arm(truth, effect.VariationId);
            var ratio = treatment.Sum / treatment.Units / (control.Sum / control.Units);
            var error = Math.Sqrt(
                (1 / treatment.Sum) - (1.0 / treatment.Units) + (1 / control.Sum) - (1.0 / control.Units));
            Assert.InRange(Math.Log(ratio / (1 + effect.RelativeLift)) / error, -4, 4);
        }

        double Lift(string metric, string variation) =>
            truth.Effects.Single(e => e.MetricId == metric && e.VariationId == variation).RelativeLift;

        static SimulatedMetric Arm(SimulationTruth truth, string variation) => truth.Metrics.Single(
            m => m.MetricId == "conversion" && m.AnalysisMode == "itt" && m.VariationId == variation);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" x")]
    [InlineData("a,b")]
    [InlineData("a\rb")]
    [InlineData("a\tb")]
    [InlineData("it's")]
    public async Task An_id_that_files_cannot_carry_is_refused(string id)
    {
        var error = await Assert.ThrowsAsync<LoadException>(() =>
            Simulator.WriteAsync(new SimulationOptions(id, 1000, 1, Path.GetTempPath()), null, Token));
        Assert.Contains("bytes of UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_of_128_bytes_passes_and_one_more_does_not()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var id = "# [" + string.Concat(Enumerable.Repeat("\u00fc", 62)) + "x";
        await Assert.ThrowsAsync<LoadException>(() =>
            Simulator.WriteAsync(new SimulationOptions(id + "y", 1000, 1, db.Folder), null, Token));
        var truth = await Simulator.WriteAsync(new SimulationOptions(id, 1000, 1, db.Folder), null, Token);
        await SimulatedCatalog.ApplyAsync(db);
        await db.LoadAsync("assignments", Path.Combine(db.Folder, "assignments.csv"));
        await db.RunAsync("EXEC staging.load_all");
        Assert.Equal(
            $"{truth.Units}",
            await db.RowsAsync("""
                SELECT COUNT_BIG(*) FROM staging.stg_experiment_assignments AS a
                INNER JOIN catalog.experiments AS x ON x.experiment_id = a.experiment_id
                """));
    }

    private static async Task RequireSumsAsync(SimulationTruth truth, PlatformDatabase db)
    {
        var rows = (await db.RowsAsync("""
            SELECT metric_id, analysis_mode, variation_id, n_units, (center_value * n_units) + sum_centered, n_assigned
            FROM marts.agg_experiment_metric_by_variant
            """)).Split('\n').Select(static r => r.Split('|')).ToDictionary(static r => (r[0], r[1], r[2]));
        Assert.Equal(truth.Metrics.Count, rows.Count);
        foreach (var metric in truth.Metrics)
        {
            var row = rows[(metric.MetricId, metric.AnalysisMode, metric.VariationId)];
            var arm = truth.Arms.Single(a => a.VariationId == metric.VariationId);
            Assert.Equal(
                metric.AnalysisMode == "itt" ? arm.IttUnits : arm.ExposedUnits,
                long.Parse(row[5], CultureInfo.InvariantCulture));
            Assert.Equal(metric.Units, long.Parse(row[3], CultureInfo.InvariantCulture));
            Assert.True(metric.Sum > 0, $"{metric.MetricId} of {metric.VariationId} has no events.");
            Assert.InRange(double.Parse(row[4], CultureInfo.InvariantCulture) / metric.Sum, 1 - 1e-12, 1 + 1e-12);
        }
    }
}

using System.Globalization;
using System.Text.Json;
using Experiments.Sources;

namespace Experiments.Runner.Tests;

/// <summary>A simulated experiment whose exposure logging is sound but for the few traps that every simulation has.</summary>
public sealed class SoundExposureFixture : IAsyncLifetime
{
    internal TestFolder Folder { get; } = new();

    internal SimulationTruth Truth { get; private set; } = null!;

    /// <summary>Variation and day of assignment by unit.</summary>
    internal Dictionary<string, (string Variation, string Day)> Units { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        await Folder.SucceedAsync("simulate", "--units", "4000", "--seed", "11", "--out", Folder.Path);
        Truth = await Simulator.ReadTruthAsync(Folder.Path, TestContext.Current.CancellationToken);
        await ExposureFailureTests.LoadAsync(Folder, Folder, "exposures.csv");
        Units = (await Folder.PairsAsync(
            "SELECT a.unit_id, CONCAT(a.variation_id, ' ', CAST(CAST(a.assigned_at AS date) AS varchar(10))) AS facts "
            + "FROM staging.stg_experiment_assignments AS a;"))
            .ToDictionary(
                pair => pair.Key, pair => (pair.Value.Split(' ')[0], pair.Value.Split(' ')[1]), StringComparer.Ordinal);
    }

    public ValueTask DisposeAsync()
    {
        Folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Each way in which exposures go wrong, planted in simulated files, with the number that was planted.</summary>
public sealed class ExposureFailureTests(SoundExposureFixture sound) : IClassFixture<SoundExposureFixture>
{
    private const int Planted = 150;

    /// <summary>Units below have the simulation's own traps: twelve kinds, each units / 400.</summary>
    private const int FirstFree = 120;

    private static readonly string[] Flags =
    [
        "exposure_outside_window", "multi_variation_exposure", "pre_assignment_exposure", "unassigned_exposure",
        "variant_mismatch",
    ];

    [Fact]
    public async Task The_traps_of_a_simulation_are_counted_and_stay_below_the_limits()
    {
        Dictionary<string, (long Count, bool IsFailure)> checks = await ChecksAsync(sound.Folder);

        Assert.Equal(
            new long[]
            {
                sound.Truth.ExposureOutsideWindow, sound.Truth.MultiVariationExposure,
                sound.Truth.PreAssignmentExposure, sound.Truth.UnassignedExposure, sound.Truth.VariantMismatch,
            },
            Flags.Select(flag => checks[flag].Count));
        Assert.All(checks.Values, check => Assert.False(check.IsFailure));
        Assert.All(Flags, flag => Assert.True(checks[flag].Count > 0));
    }

    [Theory]
    [InlineData("pre_assignment_exposure")]
    [InlineData("variant_mismatch")]
    [InlineData("multi_variation_exposure")]
    [InlineData("exposure_outside_window")]
    [InlineData("unassigned_exposure")]
    public async Task A_planted_flag_is_counted_and_fails_the_check(string flag)
    {
        Dictionary<string, (long Count, bool IsFailure)> before = await ChecksAsync(sound.Folder);
        using TestFolder folder = new();
        await PlantAsync(folder, lines => Plant(lines, flag));

        Dictionary<string, (long Count, bool IsFailure)> after = await ChecksAsync(folder);
        string[] raised = flag == "multi_variation_exposure" ? [flag, "variant_mismatch"] : [flag];
        foreach (string name in Flags)
        {
            Assert.Equal(before[name].Count + (raised.Contains(name) ? Planted : 0), after[name].Count);
            Assert.Equal(raised.Contains(name), after[name].IsFailure);
        }

        await AssertCheckAsync(folder, raised.Select(name => name + "_limit"), []);
    }

    [Fact]
    public async Task A_variation_whose_exposures_are_not_logged_fails_the_check()
    {
        using TestFolder folder = new();
        await PlantAsync(folder, lines => lines.Where(line => !IsOf(line, unit => unit.Variation == "treatment_b")));

        Dictionary<string, (long Count, bool IsFailure)> checks = await ChecksAsync(folder);
        Assert.Equal((0, true), checks["exposure_rate treatment_b"]);
        Assert.False(checks["exposure_rate treatment_a"].IsFailure);
        Assert.False(checks["exposure_rate control"].IsFailure);
        await AssertCheckAsync(folder, ["exposure_rate_limit"], []);
    }

    [Fact]
    public async Task A_day_on_which_logging_breaks_down_is_a_warning()
    {
        // The 20th day of treatment_a loses every exposure; its rate was about 90 % on the days before.
        using TestFolder folder = new();
        await PlantAsync(
            folder,
            lines => lines.Where(line =>
                !IsOf(line, unit => unit.Variation == "treatment_a" && unit.Day == "2026-01-20")));

        Dictionary<string, (long Count, bool IsFailure)> checks = await ChecksAsync(folder);
        Assert.Equal((1, true), checks["exposure_rate_drop treatment_a"]);
        Assert.Equal((0, false), checks["exposure_rate_drop treatment_b"]);
        Assert.Equal((0, false), checks["exposure_rate_drop control"]);
        string[] day = await folder.RowAsync(
            "SELECT COUNT_BIG(*) AS n, MIN(s.series_date) AS day FROM quality.daily_scores('exposure') AS s "
            + "WHERE s.rate_z < -3e0;");
        Assert.Equal("1", day[0]);
        Assert.StartsWith("2026-01-20", day[1], StringComparison.Ordinal);
        await AssertCheckAsync(folder, [], ["exposure_rate_drop_limit"]);
    }

    /// <summary>Deploys, applies the definitions, loads the files of a simulation and refreshes.</summary>
    internal static async Task LoadAsync(TestFolder target, TestFolder files, string exposures)
    {
        await target.SucceedAsync("migrate");
        await target.SucceedAsync("catalog", "apply", files.In(Simulator.CatalogFile));
        await target.SucceedAsync("load", "assignments", files.In("assignments.csv"));
        await target.SucceedAsync("load", "events", target.In(exposures));
        await target.SucceedAsync("load", "events", files.In("conversions.ndjson"));
        await target.SucceedAsync("refresh");
    }

    private static async Task<Dictionary<string, (long Count, bool IsFailure)>> ChecksAsync(TestFolder folder) =>
        (await folder.PairsAsync(
            "SELECT RTRIM(CONCAT(k.check_name, ' ', k.variation_id)) AS check_name, "
            + "CONCAT(k.affected_count, ' ', k.is_failure) AS found FROM quality.exposure_checks AS k;"))
        .ToDictionary(
            pair => pair.Key,
            pair => (
                long.Parse(pair.Value.Split(' ')[0], CultureInfo.InvariantCulture), pair.Value.Split(' ')[1] == "1"),
            StringComparer.Ordinal);

    /// <summary>runner check names these exposure limits and no others.</summary>
    private static async Task AssertCheckAsync(
        TestFolder folder, IEnumerable<string> errors, IEnumerable<string> warnings)
    {
        RunnerResult result = await folder.RunAsync("check", "--format", "json");
        using JsonDocument document = JsonDocument.Parse(result.Output);
        List<(string Check, string Result)> found =
        [
            .. document.RootElement.EnumerateArray()
                .Select(row => (row.GetProperty("check").GetString()!, row.GetProperty("result").GetString()!))
                .Where(row => row.Item1.EndsWith("_limit", StringComparison.Ordinal) && row.Item2 != "ok"),
        ];
        Assert.Equal(
            errors.Select(name => (name, "error")).Concat(warnings.Select(name => (name, "warning"))).Order(),
            found.Order());
        Assert.Equal(errors.Any() ? 3 : 0, result.ExitCode);
    }

    private async Task PlantAsync(TestFolder folder, Func<IEnumerable<string>, IEnumerable<string>> change)
    {
        string[] lines = await File.ReadAllLinesAsync(
            sound.Folder.In("exposures.csv"), TestContext.Current.CancellationToken);
        folder.Write("exposures.csv", string.Join('\n', lines.Take(1).Concat(change(lines.Skip(1)))) + "\n");
        await LoadAsync(folder, sound.Folder, "exposures.csv");
    }

    private IEnumerable<string> Plant(IEnumerable<string> lines, string flag)
    {
        List<string> kept = [.. lines];
        HashSet<string> exposed = [.. kept.Select(line => line.Split(',')).Where(row => row.Length == 6).Select(row => row[1])];
        List<string> units =
        [
            .. Enumerable.Range(FirstFree, 4000 - FirstFree)
                .Select(unit => unit.ToString("'u'00000000", CultureInfo.InvariantCulture))
                .Where(exposed.Contains).Take(Planted),
        ];
        if (flag == "variant_mismatch")
        {
            HashSet<string> changed = [.. units];
            kept.RemoveAll(line => line.Split(',') is [_, var unit, ..] && changed.Contains(unit));
        }

        string last = "2026-01-28T23:59:59Z";
        return kept.Concat(units.Select((unit, i) => flag switch
        {
            // At the very start of the experiment, so that nothing else is wrong; on the first instant after its end.
            "pre_assignment_exposure" => Line(i, unit, "2026-01-01T00:00:00Z", sound.Units[unit].Variation),
            "exposure_outside_window" => Line(i, unit, "2026-01-29T00:00:00Z", sound.Units[unit].Variation),
            "unassigned_exposure" => Line(i, "nobody_" + unit, last, "control"),
            _ => Line(i, unit, last, sound.Units[unit].Variation == "control" ? "treatment_a" : "control"),
        }));

        static string Line(int number, string unit, string at, string variation) => string.Create(
            CultureInfo.InvariantCulture, $"planted_{number},{unit},exposure,{at},exp_1,{variation}");
    }

    private bool IsOf(string line, Func<(string Variation, string Day), bool> isMeant) =>
        line.Split(',') is [_, var id, ..] && sound.Units.TryGetValue(id, out (string Variation, string Day) unit)
        && isMeant(unit);
}

using System.Globalization;
using System.Text;

namespace Experiments.Sources.Tests;

/// <summary>Hash assignment: the same in T-SQL and in C#, uniform, and independent between salts.</summary>
public sealed class AssignmentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_bucket_is_the_start_of_the_hash()
    {
        var assignment = new HashAssignment("s", [new("a", 0, 5000), new("b", 5000, 10000)]);
        var hash = System.Security.Cryptography.SHA256.HashData("s:é"u8);
        long number = 0;
        for (var i = 0; i < 7; i++)
        {
            number = (number << 8) | hash[i];
        }

        Assert.Equal((int)(number % 10_000), assignment.Bucket("é"));
        Assert.Throws<ArgumentException>(() => assignment.Bucket(new string('x', 129)));
    }

    [Fact]
    public async Task Sql_and_the_runner_agree_on_every_unit()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        await AddExperimentAsync(db, "weighted", "'salt of its own'", ("a", 1), ("b", 2), ("c", 0), ("d", 3.5));
        await AddExperimentAsync(db, "plain", "NULL", ("control", 0.5), ("treatment", 0.5));
        var random = new Random(5);
        var units = Enumerable.Range(0, 1500).Select(i => i % 3 == 0
            ? i.ToString(CultureInfo.InvariantCulture)
            : string.Concat(Enumerable.Range(0, 1 + random.Next(12)).Select(_ => "aZ0_-é€😀".EnumerateRunes().ElementAt(random.Next(8)).ToString())))
            .Distinct().ToList();
        var values = string.Join(", ", units.Select(u => $"('{u}')"));
        foreach (var (experiment, salt) in new[] { ("weighted", "salt of its own"), ("plain", "plain") })
        {
            var ranges = (await db.RowsAsync($"SELECT b.variation_id, b.bucket_from, b.bucket_to FROM catalog.variation_buckets AS b WHERE b.experiment_id = '{experiment}' ORDER BY b.bucket_from"))
                .Split('\n').Select(static r => r.Split('|'))
                .Select(static r => new BucketRange(r[0], int.Parse(r[1], CultureInfo.InvariantCulture), int.Parse(r[2], CultureInfo.InvariantCulture))).ToList();
            Assert.Equal((0, HashAssignment.BucketCount), (ranges[0].From, ranges[^1].To));
            var assignment = new HashAssignment(salt, ranges);
            var expected = units.Select(u => (u, assignment.Assign(u))).OrderBy(static r => r.u, StringComparer.Ordinal)
                .Select(static r => FormattableString.Invariant($"{r.u}|{r.Item2.VariationId}|{r.Item2.Bucket}"));
            var actual = (await db.RowsAsync(
                $"SELECT u.unit_id, v.variation_id, v.bucket FROM (VALUES {values}) AS u(unit_id) CROSS APPLY catalog.assigned_variation('{experiment}', CAST(u.unit_id AS varchar(128)), CAST('2026-01-01' AS datetime2(6))) AS v")).Split('\n');
            Assert.Equal(expected, actual.OrderBy(static r => r[..r.IndexOf('|', StringComparison.Ordinal)], StringComparer.Ordinal));
        }

        Assert.Equal("a|0|1538\nb|1538|4615\nd|4615|10000", await db.RowsAsync(
            "SELECT b.variation_id, b.bucket_from, b.bucket_to FROM catalog.variation_buckets AS b WHERE b.experiment_id = 'weighted' ORDER BY b.bucket_from"));
    }

    [Theory]
    [InlineData("exp_1")]
    [InlineData("exp_2")]
    [InlineData("")]
    public void Buckets_are_uniform(string salt)
    {
        // A million units over 10,000 buckets: chi-square with 9,999 degrees of freedom; 9,999 ± 4 sqrt(2 · 9,999).
        var assignment = new HashAssignment(salt, []);
        var counts = new int[HashAssignment.BucketCount];
        for (var i = 0; i < 1_000_000; i++)
        {
            counts[assignment.Bucket("user_" + i.ToString(CultureInfo.InvariantCulture))]++;
        }

        var chiSquare = counts.Sum(static c => (c - 100.0) * (c - 100.0) / 100.0);
        Assert.InRange(chiSquare, 9999 - (4 * Math.Sqrt(2 * 9999)), 9999 + (4 * Math.Sqrt(2 * 9999)));
    }

    [Theory]
    [InlineData("exp_1", "exp_2")]
    [InlineData("a", "b")]
    [InlineData("salt", "salt2")]
    public void Two_salts_assign_independently(string one, string other)
    {
        // A 20 x 20 table of 400,000 units: chi-square with 361 degrees of freedom, 361 ± 4 sqrt(2 · 361).
        var (first, second) = (new HashAssignment(one, []), new HashAssignment(other, []));
        var table = new int[20, 20];
        const int Units = 400_000;
        for (var i = 0; i < Units; i++)
        {
            var unit = i.ToString(CultureInfo.InvariantCulture);
            table[first.Bucket(unit) / 500, second.Bucket(unit) / 500]++;
        }

        double chiSquare = 0;
        for (var i = 0; i < 20; i++)
        {
            for (var j = 0; j < 20; j++)
            {
                double row = Enumerable.Range(0, 20).Sum(k => table[i, k]), column = Enumerable.Range(0, 20).Sum(k => table[k, j]);
                var expected = row * column / Units;
                chiSquare += (table[i, j] - expected) * (table[i, j] - expected) / expected;
            }
        }

        Assert.InRange(chiSquare, 361 - (4 * Math.Sqrt(2 * 361)), 361 + (4 * Math.Sqrt(2 * 361)));
    }

    [Fact]
    public async Task Layers_holdouts_and_weights_are_the_same_in_sql_and_in_the_runner()
    {
        // Layers, ranges, holdouts and weights drawn by a seed; every unit, experiment and time compared.
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var random = new Random(41);
        string[] times = ["2025-12-31", "2026-01-01", "2026-01-10", "2026-02-01"];
        var change = new DateTime(2026, 1, 10, 0, 0, 0, DateTimeKind.Utc);
        await db.RunAsync("INSERT INTO catalog.layers (layer_id, salt) VALUES ('l0', 'layer zero'), ('l1', 'läyer one')");
        List<(string Salt, int Count, string From, string? To)> holdouts = [("h one", 700, "2026-01-01", null), ("h two", 1500, "2025-01-01", "2026-01-10")];
        foreach (var (salt, count, from, to) in holdouts)
        {
            await db.RunAsync($"INSERT INTO catalog.holdouts (holdout_id, salt, bucket_count, start_at, end_at) VALUES ('{salt}', '{salt}', {count}, '{from}', {(to is null ? "NULL" : $"'{to}'")})");
        }

        var experiments = new List<(string Id, LayerRange? Layer)>();
        for (var i = 0; i < 6; i++)
        {
            var id = $"exp {i}";
            await AddExperimentAsync(db, id, i % 2 == 0 ? "NULL" : $"'own {i}'", ("a", 1 + random.Next(9)), ("b", 1 + random.Next(9)), ("c", random.Next(2)));
            await db.RunAsync($"INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight) VALUES ('{id}', '2026-01-10', 'a', 0.1e0), ('{id}', '2026-01-10', 'b', 0.2e0), ('{id}', '2026-01-10', 'c', 0.7e0)");
            LayerRange? layer = null;
            if (i < 4)
            {
                var from = random.Next(9000);
                layer = new(i < 2 ? "layer zero" : "läyer one", from, from + 1 + random.Next(10_000 - from));
                await db.RunAsync($"UPDATE catalog.experiments SET layer_id = '{(i < 2 ? "l0" : "l1")}', layer_from = {layer.From}, layer_to = {layer.To} WHERE experiment_id = '{id}'");
            }

            experiments.Add((id, layer));
        }

        var units = Enumerable.Range(0, 800).Select(i => (i % 7 == 0 ? "ü " : "unit-") + i.ToString(CultureInfo.InvariantCulture)).ToList();
        var values = string.Join(", ", units.Select(u => $"('{u}')"));
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, layer) in experiments)
        {
            foreach (var time in times)
            {
                var at = DateTime.Parse(time, CultureInfo.InvariantCulture);
                var rows = (await db.RowsAsync($"SELECT b.salt, b.variation_id, b.bucket_from, b.bucket_to FROM catalog.variation_buckets AS b WHERE b.experiment_id = '{id}' AND b.weight_epoch = {(at >= change ? 2 : 1)} ORDER BY b.bucket_from"))
                    .Split('\n').Select(static r => r.Split('|')).ToList();
                var assignment = new ExperimentAssignment(
                    new HashAssignment(rows[0][0], [.. rows.Select(static r => new BucketRange(r[1], int.Parse(r[2], CultureInfo.InvariantCulture), int.Parse(r[3], CultureInfo.InvariantCulture)))]),
                    layer,
                    [.. holdouts.Where(h => DateTime.Parse(h.From, CultureInfo.InvariantCulture) <= at && (h.To is null || DateTime.Parse(h.To, CultureInfo.InvariantCulture) > at)).Select(static h => new HoldoutBuckets(h.Salt, h.Count))]);
                var given = units.Select(u => (Unit: u, Given: assignment.Assign(u))).OrderBy(static r => r.Unit, StringComparer.Ordinal).ToList();
                foreach (var (_, one) in given)
                {
                    seen[one.ReasonCode ?? one.VariationId!] = seen.GetValueOrDefault(one.ReasonCode ?? one.VariationId!) + 1;
                }

                var actual = await db.RowsAsync(
                    $"SELECT u.unit_id, v.variation_id, v.bucket FROM (VALUES {values}) AS u(unit_id) CROSS APPLY catalog.assigned_variation('{id}', CAST(u.unit_id AS varchar(128)), CAST('{time}' AS datetime2(6))) AS v");
                Assert.Equal(
                    given.Where(static r => r.Given.VariationId is not null).Select(static r => FormattableString.Invariant($"{r.Unit}|{r.Given.VariationId}|{r.Given.Bucket}")),
                    actual.Split('\n').OrderBy(static r => r[..r.IndexOf('|', StringComparison.Ordinal)], StringComparer.Ordinal));
            }
        }

        Assert.Equal(["a", "b", "c", "holdout", "other_layer_range"], seen.Keys.Order(StringComparer.Ordinal));
        Assert.All(seen.Values, static n => Assert.True(n > 500));
    }

    [Fact]
    public void Experiments_of_a_layer_share_no_unit_and_a_holdout_is_in_none()
    {
        // Four ranges that cover the layer, a holdout of 5 %, and one experiment outside of any layer: 100,000 units.
        var holdout = new HoldoutBuckets("held", 500);
        int[] bounds = [0, 1000, 4000, 4001, 10_000];
        var layered = Enumerable.Range(0, 4).Select(i => Experiment($"e{i}", new LayerRange("layer", bounds[i], bounds[i + 1]), holdout)).ToList();
        var free = Experiment("free", null, holdout);
        var held = new HashAssignment("held", []);
        var counts = new int[4];
        const int Units = 100_000;
        for (var u = 0; u < Units; u++)
        {
            var unit = u.ToString(CultureInfo.InvariantCulture);
            var isHeld = held.Bucket(unit) < 500;
            var members = Enumerable.Range(0, 4).Where(i => layered[i].Assign(unit).VariationId is not null).ToList();
            Assert.Equal(isHeld ? 0 : 1, members.Count);
            Assert.Equal(isHeld ? "holdout" : null, free.Assign(unit).ReasonCode);
            Assert.Equal(isHeld, free.Assign(unit).VariationId is null);
            if (members.Count == 1)
            {
                counts[members[0]]++;
            }
        }

        // Each range gets its share of those not held: a binomial within 4 standard errors.
        for (var i = 0; i < 4; i++)
        {
            var share = 0.95 * (bounds[i + 1] - bounds[i]) / 10_000;
            Assert.InRange(counts[i], (Units * share) - (4 * Math.Sqrt(Units * share * (1 - share))), (Units * share) + (4 * Math.Sqrt(Units * share * (1 - share))));
        }
    }

    [Theory]
    [InlineData(0, 500)]
    [InlineData(4000, 7000)]
    [InlineData(9900, 10_000)]
    public void Variations_are_uniform_and_independent_of_the_range_of_a_layer(int from, int to)
    {
        // Ten equal variations against ten parts of the range and, apart, against a second experiment on the same range:
        // chi-square of 10 and of 100 cells, df 9 and 81, at alpha = 1e-6 each: the upper
        // quantiles are 44.8109 and 156.4522, by inverting the regularised incomplete gamma function.
        var variations = Enumerable.Range(0, 10).Select(static i => new BucketRange(i.ToString(CultureInfo.InvariantCulture), i * 1000, (i + 1) * 1000)).ToList();
        var first = new ExperimentAssignment(new HashAssignment("first", variations), new LayerRange("layer", from, to), []);
        var second = new ExperimentAssignment(new HashAssignment("second", variations), new LayerRange("layer", from, to), []);
        var layer = new HashAssignment("layer", []);
        var single = new double[10];
        var parts = new double[10, 10];
        var pairs = new double[10, 10];
        for (var u = 0; u < 1_000_000 / (to - from) * 100; u++)
        {
            var unit = "unit " + u.ToString(CultureInfo.InvariantCulture);
            if (first.Assign(unit).VariationId is { } one)
            {
                var (i, j) = (one[0] - '0', second.Assign(unit).VariationId![0] - '0');
                single[i]++;
                pairs[i, j]++;
                parts[i, (layer.Bucket(unit) - from) * 10 / (to - from)]++;
            }
        }

        var units = single.Sum();
        Assert.True(units > 8_000);
        Assert.True(single.Sum(n => (n - (units / 10)) * (n - (units / 10)) / (units / 10)) < 44.8109);
        Assert.True(ChiSquare(parts) < 156.4522);
        Assert.True(ChiSquare(pairs) < 156.4522);
    }

    private static ExperimentAssignment Experiment(string salt, LayerRange? layer, HoldoutBuckets holdout) =>
        new(new HashAssignment(salt, [new("control", 0, 5000), new("treatment", 5000, 10_000)]), layer, [holdout]);

    /// <summary>Of independence, with the margins as observed.</summary>
    private static double ChiSquare(double[,] table)
    {
        var total = table.Cast<double>().Sum();
        double sum = 0;
        for (var i = 0; i < table.GetLength(0); i++)
        {
            for (var j = 0; j < table.GetLength(1); j++)
            {
                var row = Enumerable.Range(0, table.GetLength(1)).Sum(k => table[i, k]);
                var column = Enumerable.Range(0, table.GetLength(0)).Sum(k => table[k, j]);
                sum += (table[i, j] - (row * column / total)) * (table[i, j] - (row * column / total)) / (row * column / total);
            }
        }

        return sum;
    }

    private static async Task AddExperimentAsync(
        PlatformDatabase db, string id, string salt, params (string Id, double Weight)[] variations)
    {
        await db.RunAsync($"INSERT INTO catalog.experiments (experiment_id, policy_id, policy_version, experiment_name, unit_type, start_at, salt) VALUES ('{id}', 'default', 1, 'x', 'user', '2026-01-01', {salt})");
        var rows = new StringBuilder();
        foreach (var (variation, weight) in variations)
        {
            rows.Append(rows.Length > 0 ? ", " : "").Append(CultureInfo.InvariantCulture, $"('{id}', '{variation}', 0, {weight:0.0###}e0)");
        }

        await db.RunAsync($"INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight) VALUES {rows}");
    }
}

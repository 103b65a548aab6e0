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
                $"SELECT u.unit_id, v.variation_id, v.bucket FROM (VALUES {values}) AS u(unit_id) CROSS APPLY catalog.assigned_variation('{experiment}', CAST(u.unit_id AS varchar(128))) AS v")).Split('\n');
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

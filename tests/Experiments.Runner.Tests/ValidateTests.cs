using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Experiments.Statistics;
using Experiments.Trust;

namespace Experiments.Runner.Tests;

/// <summary>The A/A replay: sound tests hold, and what is broken on purpose is reported as failing.</summary>
public sealed class ValidateTests
{
    /// <summary>
    /// 1,500 households of four visitors each, all of one household alike, half of them given a purchase of a value by
    /// the household. Units are visitors, so that a split by visitor is fair and one by household is not what Welch's
    /// variance is for: with clusters of 4 alike it is 4 times too small, and p &lt; .05 in 2Φ(-1.96/2) = 32.7 %.
    /// </summary>
    private const int Households = 1_500;

    private const int Members = 4;

    [Fact]
    public async Task Splits_by_unit_hold_and_splits_by_household_are_reported_as_failing()
    {
        using TestFolder folder = await LoadHouseholdsAsync();

        RunnerResult sound = await folder.RunAsync("validate", "--experiment", "shop", "--splits", "400", "--format", "json");
        Assert.True(sound.ExitCode == 0, sound.Error);
        JsonNode document = JsonNode.Parse(sound.Output)!;
        Assert.Equal("shop (itt, control)", (string)document["summary"]!["subject"]!);
        JsonNode revenue = Metric(document, "revenue");
        Assert.Equal("welch_t", (string)revenue["method"]!);
        Assert.Equal("two_proportion_z_pooled", (string)Metric(document, "bought")["method"]!);
        Assert.Equal("ratio_delta_t", (string)Metric(document, "price")["method"]!);
        Assert.Equal("cuped_t", (string)Metric(document, "repeated")["method"]!);
        Assert.Equal(400, (int)revenue["splits"]!);
        Assert.InRange((double)revenue["p_below_05"]!, .015, .095);
        Assert.InRange((double)revenue["ks_p_value"]!, 5e-4, 1);

        RunnerResult clustered = await folder.RunAsync(
            "validate", "--experiment", "shop", "--splits", "400", "--cluster", "household", "--format", "json");
        Assert.Equal(3, clustered.ExitCode);
        JsonNode broken = Metric(JsonNode.Parse(clustered.Output)!, "revenue");
        Assert.Equal("failed", (string)broken["status"]!);

        // 2Φ(-1.96/2) = .327; the error of 400 splits is .023.
        Assert.InRange((double)broken["p_below_05"]!, .25, .40);
        Assert.Contains("p-values are not uniform", (string)broken["detail"]!, StringComparison.Ordinal);
        Assert.Contains("0 of 4 metrics hold", clustered.ErrorSentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_arms_a_source_and_a_quantile_have_their_own_ways()
    {
        using TestFolder folder = await LoadHouseholdsAsync(withQuantile: true);

        RunnerResult all = await folder.RunAsync(
            "validate", "--experiment", "shop", "--splits", "200", "--arms", "all", "--format", "json");
        Assert.Equal(5, all.ExitCode);
        JsonNode document = JsonNode.Parse(all.Output)!;
        Assert.Equal(Households * Members, (int)Metric(document, "revenue")["n_units"]!);
        Assert.Equal("not covered", (string)Metric(document, "median_price")["status"]!);
        Assert.Equal(1, (int)document["summary"]!["not_covered"]!);
        Assert.Equal(.5, (double)document["summary"]!["treatment_share"]!);

        RunnerResult source = await folder.SucceedAsync("validate", "--source", "events", "--splits", "200", "--format", "json");
        JsonArray measures = JsonNode.Parse(source.Output)!["metrics"]!.AsArray();
        Assert.Equal(
            [
                "purchase.average ratio_delta_t", "purchase.count welch_t", "purchase.later cuped_t",
                "purchase.share two_proportion_z_pooled", "purchase.sum welch_t", "visit.count welch_t",
                "visit.share two_proportion_z_pooled",
            ],
            measures.Select(row => $"{row!["metric_id"]} {row["method"]}"));
        Assert.Contains("Left out: visit.average. No split has an answer: zero_denominator.", source.Error, StringComparison.Ordinal);

        RunnerResult again = await folder.SucceedAsync("validate", "--source", "events", "--splits", "200", "--format", "json");
        Assert.Equal(source.Output, again.Output);
        RunnerResult other = await folder.SucceedAsync(
            "validate", "--source", "events", "--splits", "200", "--format", "json", "--seed", "2");
        Assert.NotEqual(source.Output, other.Output);
    }

    [Theory]
    [InlineData("validate", "one of them")]
    [InlineData("validate --experiment a --source b", "one of them")]
    [InlineData("validate --source events --cluster household", "are for --experiment")]
    [InlineData("validate --experiment a --splits 20", "--splits is 20")]
    [InlineData("validate --experiment a --arms some", "control and all are known")]
    [InlineData("validate --experiment a --treatment-share 1", "between 0 and 1")]
    public async Task A_wrong_command_line_is_said(string line, string expected)
    {
        RunnerResult result = await RunnerHarness.RunAsync(line.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, result.ErrorSentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_refused()
    {
        using TestFolder folder = new();
        await folder.SucceedAsync("migrate");
        RunnerResult unknown = await folder.RunAsync("validate", "--experiment", "nothing");
        Assert.Equal(3, unknown.ExitCode);
        RunnerResult empty = await folder.RunAsync("validate", "--source", "events");
        Assert.Equal(3, empty.ExitCode);
        Assert.Contains("No event of the source 'events' is staged", empty.ErrorSentence, StringComparison.Ordinal);
    }

    /// <summary>
    /// A standard error that is 15 % short: p below .05 in 2Φ(-1.96 · .85) = 9.6 %. Sums of buckets made here, no SQL.
    /// </summary>
    [Fact]
    public void A_variance_that_is_too_small_fails_and_the_right_one_holds()
    {
        ReplayBucket[] buckets = Buckets();
        ReplaySplits splits = new(buckets.Length, 2_000, .5, 3);

        ReplayReport right = ReplayReport.Of(splits.Compare(buckets, Welch(1)));
        Assert.Empty(ReplayJudge.Failures(right, 1));

        ReplayReport small = ReplayReport.Of(splits.Compare(buckets, Welch(.85 * .85)));
        Assert.InRange(small.Rates[0].Rate, .075, .117);
        Assert.Contains(ReplayJudge.Failures(small, 1), text => text.StartsWith("p below 0.05 in", StringComparison.Ordinal));
        Assert.Contains(ReplayJudge.Failures(small, 1), text => text.StartsWith("p-values are not uniform", StringComparison.Ordinal));

        // As wrong the other way: 2Φ(-1.96/.85) = 2.1 %. A test that wastes units fails too.
        ReplayReport large = ReplayReport.Of(splits.Compare(buckets, Welch(1 / (.85 * .85))));
        Assert.NotEmpty(ReplayJudge.Failures(large, 1));
    }

    /// <summary>A shift of .6 standard errors leaves the middle alone and shows in the tails: one of them is Φ(-1.36).</summary>
    [Fact]
    public void A_shifted_statistic_fails_by_its_tails()
    {
        ReplayBucket[] buckets = Buckets();
        ReplayReport shifted = ReplayReport.Of(new ReplaySplits(buckets.Length, 2_000, .5, 4).Compare(
            buckets,
            (control, treatment) =>
            {
                EffectEstimate fair = Welch(1)(control, treatment);
                double z = (fair.UpliftAbsolute!.Value / fair.StandardError!.Value) + .6;
                return fair with
                {
                    UpliftAbsolute = z * fair.StandardError.Value, PValue = 2 * (1 - Phi(Math.Abs(z))),
                };
            }));
        Assert.Contains(
            ReplayJudge.Failures(shifted, 1), text => text.Contains("with a positive effect", StringComparison.Ordinal));
        Assert.Contains(
            ReplayJudge.Failures(shifted, 1), text => text.Contains("with a negative effect", StringComparison.Ordinal));
    }

    [Fact]
    public void Splits_take_their_share_of_the_buckets_and_the_same_ones_for_every_metric()
    {
        ReplayBucket[] ones = [.. Enumerable.Range(0, 10_000).Select(bucket => new ReplayBucket(bucket, [1]))];
        ReplayBucket[] numbers = [.. Enumerable.Range(0, 10_000).Select(bucket => new ReplayBucket(bucket, [1, bucket]))];
        ReplaySplits splits = new(10_000, 200, .1, 5);
        List<double> first = [];
        List<double> second = [];
        splits.Compare(ones, (control, treatment) =>
        {
            Assert.Equal(10_000, control[0] + treatment[0]);
            first.Add(treatment[0]);
            return EffectEstimate.None("none", .05, Reasons.NoData);
        });
        splits.Compare(numbers, (control, treatment) =>
        {
            Assert.Equal(49_995_000, control[1] + treatment[1]);
            second.Add(treatment[0]);
            return EffectEstimate.None("none", .05, Reasons.NoData);
        });

        Assert.Equal(first, second);
        Assert.True(first.Distinct().Count() > 50);

        // A mean of 1000, with an error of sqrt(10000 · .1 · .9/200) = 2.1, and a standard deviation of 30.
        Assert.InRange(first.Average(), 991.5, 1008.5);
        double spread = Math.Sqrt(first.Sum(x => (x - first.Average()) * (x - first.Average())) / 199);
        Assert.InRange(spread, 24, 36);
    }

    private static double Phi(double z) => Tails.NormalCdf(z);

    /// <summary>1,000 buckets of five units of a skewed law, by a linear congruence.</summary>
    private static ReplayBucket[] Buckets()
    {
        uint state = 12345;
        double Next()
        {
            state = (state * 1664525) + 1013904223;
            return (state + .5) / 4294967296.0;
        }

        return [.. Enumerable.Range(0, 1_000).Select(bucket =>
        {
            double[] sums = new double[3];
            for (int unit = 0; unit < 5; unit++)
            {
                double y = -Math.Log(Next());
                sums[0]++;
                sums[1] += y - 1;
                sums[2] += (y - 1) * (y - 1);
            }

            return new ReplayBucket(bucket, sums);
        })];
    }

    private static Func<double[], double[], EffectEstimate> Welch(double variance) => (control, treatment) =>
    {
        MeanArm Arm(double[] sums)
        {
            MeanArm arm = MeanArm.FromCentred((long)sums[0], 1, sums[1], sums[2]);
            return new MeanArm(arm.N, arm.Mean, variance * arm.Variance);
        }

        return WelchTTest.Compute(Arm(control), Arm(treatment), .05);
    };

    private static JsonNode Metric(JsonNode document, string id) =>
        document["metrics"]!.AsArray().Single(row => (string)row!["metric_id"]! == id)!;

    private static async Task<TestFolder> LoadHouseholdsAsync(bool withQuantile = false)
    {
        TestFolder folder = new();
        await folder.SucceedAsync("migrate");
        string quantile = withQuantile
            ? "  - {metric_id: median_price, metric_type: quantile, event_name: purchase, quantile_fraction: 0.5}\n"
            : "";
        string used = withQuantile ? "      - {metric_id: median_price, metric_role: secondary}\n" : "";
        await folder.SucceedAsync("catalog", "apply", folder.Write(
            "shop.yaml",
            "metrics:\n"
            + "  - {metric_id: bought, metric_type: proportion, event_name: purchase}\n"
            + "  - {metric_id: revenue, metric_type: mean, event_name: purchase, aggregation: sum}\n"
            + "  - {metric_id: purchases, metric_type: mean, event_name: purchase, aggregation: count}\n"
            + "  - {metric_id: price, metric_type: ratio, numerator: revenue, denominator: purchases}\n"
            + "  - {metric_id: repeated, metric_type: mean, event_name: purchase, aggregation: sum, covariate_hours: 240}\n"
            + quantile
            + "experiments:\n"
            + "  - experiment_id: shop\n"
            + "    experiment_name: Shop\n"
            + "    analysis_mode: itt\n"
            + "    start_at: 2026-01-11T00:00:00Z\n"
            + "    variations:\n"
            + "      - {variation_id: control, is_control: true, weight: 0.5}\n"
            + "      - {variation_id: treatment, is_control: false, weight: 0.5}\n"
            + "    metrics:\n"
            + "      - {metric_id: bought, metric_role: primary}\n"
            + "      - {metric_id: revenue, metric_role: secondary}\n"
            + "      - {metric_id: price, metric_role: secondary}\n"
            + "      - {metric_id: repeated, metric_role: secondary}\n"
            + used));
        StringBuilder assignments = new("experiment_id,unit_id,variation_id,assigned_at\n");
        StringBuilder events = new("event_id,unit_id,event_name,event_value,event_at\n");
        StringBuilder attributes = new("unit_id,attribute,attribute_value\n");
        uint state = 987654321;
        uint Next(uint bound)
        {
            state = (state * 1664525) + 1013904223;
            return (uint)(((ulong)state * bound) >> 32);
        }

        for (int household = 0; household < Households; household++)
        {
            bool buys = Next(2) == 0;
            uint value = 5 + Next(90);
            uint before = 5 + Next(90);
            string variation = household % 2 == 0 ? "control" : "treatment";
            for (int member = 0; member < Members; member++)
            {
                string unit = string.Create(CultureInfo.InvariantCulture, $"v{household}-{member}");
                assignments.Append(CultureInfo.InvariantCulture, $"shop,{unit},{variation},2026-01-11T00:00:00Z\n");
                attributes.Append(CultureInfo.InvariantCulture, $"{unit},household,h{household}\n");
                if (buys)
                {
                    events.Append(CultureInfo.InvariantCulture, $"b-{unit},{unit},purchase,{before},2026-01-05T00:00:00Z\n");
                    events.Append(
                        CultureInfo.InvariantCulture, $"e-{unit},{unit},purchase,{value + before},2026-01-12T00:00:00Z\n");
                    if (before % 2 == 0)
                    {
                        events.Append(CultureInfo.InvariantCulture, $"f-{unit},{unit},purchase,1,2026-01-04T00:00:00Z\n");
                    }
                }
                else
                {
                    events.Append(CultureInfo.InvariantCulture, $"n-{unit},{unit},visit,,2026-01-12T00:00:00Z\n");
                }
            }
        }

        await folder.SucceedAsync("load", "assignments", folder.Write("assignments.csv", assignments.ToString()));
        await folder.SucceedAsync("load", "events", folder.Write("events.csv", events.ToString()));
        await folder.SucceedAsync("load", "unit_attributes", folder.Write("attributes.csv", attributes.ToString()));
        await folder.SucceedAsync("refresh");
        return folder;
    }
}

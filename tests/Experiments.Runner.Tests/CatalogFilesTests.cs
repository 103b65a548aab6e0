using System.Text.Json;
using System.Text.Json.Nodes;
using Experiments.Runner.Catalog;

namespace Experiments.Runner.Tests;

/// <summary>Definitions as files: applied, exported, compared, on the local engine.</summary>
public sealed class CatalogFilesTests(EmptyDatabaseFixture databases) : IClassFixture<EmptyDatabaseFixture>
{
    private const string Sound =
        """
        dimensions:
          - { dimension_id: country }
        metrics:
          - metric_id: orders
            metric_type: mean
            event_name: purchase
            owner: shop
            filters:
              - { attribute: country, in: [DE, AT] }
              - { attribute: price, range: { from: 1 } }
          - metric_id: visits
            metric_type: mean
            event_name: visit
          - metric_id: orders_per_visit
            metric_type: ratio
            numerator: orders
            denominator: visits
        experiments:
          - experiment_id: exp
            start_at: 2025-01-01
            dimensions: [country]
            variations:
              - { variation_id: control, is_control: true, weight: 0.5 }
              - { variation_id: treatment, weight: 0.5 }
            metrics:
              - { metric_id: orders_per_visit, metric_role: primary }
            weight_changes:
              - { effective_at: 2025-01-05, weights: { control: 0.2, treatment: 0.8 } }
        """;

    [Theory]
    [InlineData("every_field")]
    [InlineData("cookie_cats")]
    [InlineData("landing_page")]
    [InlineData("simulated")]
    public async Task An_export_applied_to_an_empty_database_exports_the_same_bytes(string name)
    {
        using TestFolder first = databases.Create();
        using TestFolder second = databases.Create();
        using TestFolder third = databases.Create();
        await first.SucceedAsync("catalog", "apply", await SourceAsync(first, name));

        string yaml = (await first.SucceedAsync("catalog", "export")).Output;
        string json = (await first.SucceedAsync("catalog", "export", "--format", "json")).Output;
        await first.SucceedAsync("catalog", "export", "--out", first.In("folder"));
        await second.SucceedAsync("catalog", "apply", second.Write("c.json", json));
        await third.SucceedAsync("catalog", "apply", first.In("folder"));

        Assert.Equal(yaml, (await second.SucceedAsync("catalog", "export")).Output);
        Assert.Equal(yaml, (await third.SucceedAsync("catalog", "export")).Output);
        Assert.Equal(json, (await third.SucceedAsync("catalog", "export", "--format", "json")).Output);
        await third.SucceedAsync("catalog", "diff", second.In("c.json"));
        RunnerResult again = await first.SucceedAsync("catalog", "apply", first.In("folder"));
        Assert.All(
            again.Output.TrimEnd().Split('\n'), line => Assert.StartsWith("keep  ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_fields_of_a_file_are_the_columns_of_the_tables()
    {
        using TestFolder folder = databases.Create();
        foreach (CatalogEntity entity in CatalogEntity.All)
        {
            RunnerResult result =
                await folder.SucceedAsync("sql", $"SELECT TOP (0) t.* FROM {entity.Table} AS t;", "--format", "csv");

            Assert.Equal(
                result.Output.TrimEnd().Split(',').Order(StringComparer.Ordinal),
                entity.Fields.SelectMany(field => field.Columns).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void The_catalog_of_every_field_gives_each_another_value_than_its_default()
    {
        IReadOnlyList<CatalogRow> rows = CatalogReader.ReadPath(Fixture("catalog/every_field.yaml"));

        foreach (CatalogEntity entity in CatalogEntity.All)
        {
            foreach (CatalogField field in entity.Fields.Where(field => field.Name != "policy_version"))
            {
                Assert.True(
                    rows.Any(row => row.Entity == entity
                        && row[field.Name] is { } value && !Equals(value, field.DefaultIn(row.Values))),
                    $"{entity.Noun} {field.Name}");
            }
        }

        Assert.Equal(
            MetricType.Names.Order(StringComparer.Ordinal),
            rows.Where(row => row.Entity == CatalogEntity.Metric).Select(row => (string)row["metric_type"]!)
                .Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_definitions_in_the_README_are_sound_and_have_every_type()
    {
        using TestFolder folder = databases.Create();
        string readme = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "README.md"), TestContext.Current.CancellationToken);
        string[] blocks = [.. readme.Split("```yaml\n").Skip(1).Select(block => block.Split("```")[0])];
        Assert.NotEmpty(blocks);
        foreach (string block in blocks)
        {
            await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", block));
        }

        RunnerResult types = await folder.SucceedAsync(
            "sql",
            "SELECT DISTINCT d.metric_type FROM catalog.metric_definitions AS d ORDER BY d.metric_type;",
            "--format",
            "csv");
        Assert.Equal(
            MetricType.Names.Order(StringComparer.Ordinal), types.Output.TrimEnd().Split("\r\n").Skip(1));
    }

    [Fact]
    public async Task A_metric_is_written_with_its_parts_and_filters()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Sound));

        RunnerResult filters = await folder.SucceedAsync(
            "sql",
            "SELECT f.filter_number, f.value_number, f.attribute, f.operator, f.text_value, f.low_value, f.high_value "
            + "FROM catalog.metric_filters AS f WHERE f.metric_id = 'orders' AND f.metric_version = 1 "
            + "ORDER BY f.filter_number, f.value_number;",
            "--format",
            "csv");

        Assert.Equal(
            [
                "filter_number,value_number,attribute,operator,text_value,low_value,high_value",
                "1,1,country,in,DE,,", "1,2,country,in,AT,,", "2,1,price,range,,1.000000000,",
            ],
            filters.Output.TrimEnd().Split("\r\n"));
        Assert.Equal(
            ["orders", "1", "visits", "1", "NULL", "NULL"],
            await folder.RowAsync(
                "SELECT d.numerator_metric_id, d.numerator_metric_version, d.denominator_metric_id, "
                + "d.denominator_metric_version, COALESCE(d.event_name, 'NULL') AS e, COALESCE(d.aggregation, 'NULL') AS a "
                + "FROM catalog.metric_definitions AS d WHERE d.metric_id = 'orders_per_visit';"));
        Assert.Equal(
            ["0.2", "0.8"],
            (await folder.PairsAsync(
                "SELECT w.variation_id, w.weight FROM catalog.weight_epochs AS w WHERE w.weight_epoch = 2 "
                + "ORDER BY w.variation_id;")).Values);
        Assert.Equal(
            ["country", "country"],
            await folder.RowAsync(
                "SELECT d.dimension_id, d.attribute FROM catalog.dimensions AS d INNER JOIN catalog.experiment_dimensions AS e "
                + "ON e.dimension_id = d.dimension_id WHERE e.experiment_id = 'exp';"));
    }

    [Theory]
    [InlineData("in: [DE, AT]", "in: [DE, AT, NL]", "has 'filters' country in ('DE', 'AT') and price from 1 in the catalog and country in ('DE', 'AT', 'NL') and price from 1 in the file; a definition never changes under its version, so give the new one version 2.")]
    [InlineData("numerator: orders", "numerator: visits", "metric 'orders_per_visit' version 1 has 'numerator' 'orders' version 1 in the catalog and 'visits' version 1 in the file")]
    [InlineData("event_name: visit", "event_name: visit\n    cap_upper: 9", "metric 'visits' version 1 has 'cap_upper' (none) in the catalog and 9 in the file")]
    public async Task A_definition_that_changed_is_refused_and_nothing_is_written(string from, string to, string sentence)
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Sound));
        string changed = folder.Write(
            "d.yaml", Replace(Replace(Sound, from, to), "owner: shop", "owner: else"));

        RunnerResult applied = await folder.RunAsync("catalog", "apply", changed);
        RunnerResult dry = await folder.RunAsync("catalog", "apply", changed, "--dry-run");

        Assert.Equal(3, applied.ExitCode);
        Assert.Contains(sentence, applied.ErrorSentence, StringComparison.Ordinal);
        Assert.Equal(3, dry.ExitCode);
        Assert.Contains("refuse  metric '", dry.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["shop"], await folder.RowAsync("SELECT d.owner FROM catalog.metric_definitions AS d WHERE d.metric_id = 'orders';"));
    }

    [Fact]
    public async Task Several_refused_changes_are_all_said()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Sound));
        string changed = folder.Write(
            "d.yaml", Replace(Replace(Sound, "event_name: purchase", "event_name: order"), "event_name: visit", "event_name: view"));

        RunnerResult result = await folder.RunAsync("catalog", "apply", changed);

        Assert.Equal(3, result.ExitCode);
        Assert.Equal("2 changes are refused, listed above; nothing was written.", result.ErrorSentence);
        Assert.Contains("  d.yaml line 4: metric 'orders' version 1", result.Error, StringComparison.Ordinal);
        Assert.Contains("  d.yaml line 11: metric 'visits' version 1", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_errors_of_several_files_are_all_said()
    {
        using TestFolder folder = databases.Create();
        Directory.CreateDirectory(folder.In("defs/sub"));
        folder.Write("defs/a.yaml", "metrics:\n  - {metric_id: a, metric_type: median}\n");
        folder.Write("defs/sub/b.json", "{\"layers\": [{\"layer_id\": \"l\"}]}");
        folder.Write("defs/notes.txt", "no definitions");

        RunnerResult result = await folder.RunAsync("catalog", "apply", folder.In("defs"));

        Assert.Equal(3, result.ExitCode);
        Assert.Equal(
            [
                "  a.yaml line 2: 'metric_type' is 'median'; allowed: proportion, mean, ratio, retention, quantile, time_to_event.",
                "  sub/b.json line 1: a layer needs the key 'salt'.",
                "error: The definitions have 2 errors, listed above; nothing was written.",
            ],
            result.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_difference_is_a_row_and_exits_1()
    {
        using TestFolder folder = databases.Create();
        string file = folder.Write("c.yaml", Sound);
        RunnerResult fresh = await folder.RunAsync("catalog", "diff", file, "--format", "json");
        await folder.SucceedAsync("catalog", "apply", file);
        RunnerResult same = await folder.SucceedAsync("catalog", "diff", file, "--format", "csv");
        string changed = folder.Write(
            "d.yaml",
            Replace(
                Replace(
                    Replace(
                        Replace(Replace(Sound, "owner: shop", "owner: else"), "in: [DE, AT]", "in: [AT]"),
                        "{ variation_id: treatment, weight: 0.5 }",
                        "{ variation_id: treatment, weight: 0.5, description: new }"),
                    "  - { dimension_id: country }",
                    "  - { dimension_id: os }"),
                "dimensions: [country]",
                "dimensions: [os]"));

        RunnerResult different = await folder.RunAsync("catalog", "diff", changed, "--format", "csv");

        Assert.Equal(1, fresh.ExitCode);
        using JsonDocument added = JsonDocument.Parse(fresh.Output);
        Assert.Equal(11, added.RootElement.GetArrayLength());
        Assert.All(added.RootElement.EnumerateArray(), row => Assert.Equal("add", row.GetProperty("change").GetString()));
        Assert.Equal("change,entity,key,field,database_value,file_value,source\r\n", same.Output);
        Assert.Equal(1, different.ExitCode);
        Assert.Equal(string.Empty, different.Error);
        Assert.Equal(
            [
                "change,entity,key,field,database_value,file_value,source",
                "add,dimension,os,,,,d.yaml line 2",
                "refused,metric,orders version 1,filters,\"country in ('DE', 'AT') and price from 1\",country in ('AT') and price from 1,d.yaml line 4",
                "note,metric,orders version 1,owner,shop,else,d.yaml line 4",
                "change,variation,\"exp, treatment\",description,,new,d.yaml line 24",
                "add,experiment dimension,\"exp, os\",,,,d.yaml line 21",
                "database_only,dimension,country,,,,",
                "database_only,experiment dimension,\"exp, country\",,,,",
            ],
            different.Output.TrimEnd().Split("\r\n"));
    }

    [Fact]
    public async Task A_time_of_validity_stays_unless_the_file_names_another()
    {
        using TestFolder folder = databases.Create();
        const string query = "SELECT d.valid_from FROM catalog.metric_definitions AS d WHERE d.metric_id = 'visits';";
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Sound));
        string[] first = await folder.RowAsync(query);

        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Replace(Sound, "event_name: visit", "event_name: visit\n    owner: web")));
        string[] kept = await folder.RowAsync(query);
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Replace(Sound, "event_name: visit", "event_name: visit\n    valid_from: 2024-05-06T07:08:09Z")));

        Assert.Equal(first, kept);
        Assert.Equal(["2024-05-06T07:08:09"], await folder.RowAsync(query));
    }

    [Theory]
    [InlineData("effective_at: 2025-01-05, weights: { control: 0.2, treatment: 0.8 }", "effective_at: 2025-01-05, weights: { control: 0.2, treatment: 0.7 }", "The change of weights of experiment 'exp' at")]
    [InlineData("dimensions: [country]", "dimensions: [country, os]", "Experiment 'exp' has the dimension 'os', which is not in catalog.dimensions.")]
    [InlineData("denominator: visits", "denominator: views", "The metric 'orders_per_visit' version 1 has the numerator 'orders' and the denominator 'views'")]
    [InlineData("start_at: 2025-01-01", "start_at: 2025-01-01\n    layer_id: shared", "of the layer 'shared'; the layer must be in catalog.layers")]
    public async Task A_problem_stops_everything(string from, string to, string sentence)
    {
        using TestFolder folder = databases.Create();

        RunnerResult result = await folder.RunAsync("catalog", "apply", folder.Write("c.yaml", Replace(Sound, from, to)));

        Assert.Equal(3, result.ExitCode);
        Assert.Contains(sentence, result.Error, StringComparison.Ordinal);
        Assert.Equal(["0"], await folder.RowAsync("SELECT COUNT_BIG(*) AS n FROM catalog.metric_definitions AS d;"));
        Assert.Equal(["0"], await folder.RowAsync("SELECT COUNT_BIG(*) AS n FROM catalog.metric_filters AS f;"));
    }

    [Fact]
    public async Task A_problem_that_was_there_before_stops_only_what_it_is_about()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Sound));
        await folder.SucceedAsync("sql", "UPDATE catalog.experiment_variations SET weight = 0.7;");
        string other = folder.Write("d.yaml", "layers:\n  - {layer_id: l, salt: s}\n");

        await folder.SucceedAsync("catalog", "apply", other);
        RunnerResult about = await folder.RunAsync(
            "catalog", "apply", folder.Write("e.yaml", "experiments:\n  - {experiment_id: exp, start_at: 2025-01-01}\n"));

        Assert.Equal(3, about.ExitCode);
        Assert.Contains("The weights of experiment 'exp'", about.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_threshold_changes_by_its_id_and_an_unknown_one_is_refused()
    {
        using TestFolder folder = databases.Create();
        string file = folder.Write("t.yaml", "thresholds:\n  - {threshold_id: freshness_hours, threshold_value: 24}\n");

        RunnerResult applied = await folder.SucceedAsync("catalog", "apply", file);
        RunnerResult unknown = await folder.RunAsync(
            "catalog", "apply", folder.Write("u.yaml", "thresholds:\n  - {threshold_id: freshnes_hours, threshold_value: 24}\n"));

        Assert.Equal("update  threshold 'freshness_hours': threshold_value 48 -> 24\n", applied.Output);
        Assert.Equal(
            ["24", "1"],
            await folder.RowAsync(
                "SELECT q.threshold_value, CASE WHEN DATALENGTH(q.description) > 0 THEN 1 ELSE 0 END AS has_words "
                + "FROM catalog.quality_thresholds AS q WHERE q.threshold_id = 'freshness_hours';"));
        Assert.Equal(3, unknown.ExitCode);
        Assert.StartsWith(
            "u.yaml line 2: threshold 'freshnes_hours' is not in the catalog, which has anomaly_iqr, ",
            unknown.ErrorSentence,
            StringComparison.Ordinal);
        await folder.SucceedAsync("catalog", "diff", file);
    }

    [Fact]
    public async Task One_experiment_is_exported_with_what_it_refers_to()
    {
        using TestFolder folder = databases.Create();
        using TestFolder empty = databases.Create();
        await folder.SucceedAsync("catalog", "apply", Fixture("catalog/every_field.yaml"));

        RunnerResult plain = await folder.SucceedAsync("catalog", "export", "-e", "plain", "--format", "json");
        RunnerResult whole = await folder.SucceedAsync("catalog", "export", "--experiment", "new_checkout", "--format", "json");
        RunnerResult unknown = await folder.RunAsync("catalog", "export", "--experiment", "nope");

        Assert.Equal(["policies", "layers", "metrics", "experiments"], JsonNode.Parse(plain.Output)!.AsObject().Select(list => list.Key));
        Assert.Equal(["conversion", "first_order", "orders", "revenue", "revenue_capped"], Ids(plain.Output, "metrics", "metric_id"));
        Assert.Equal(["spend_early"], Ids(whole.Output, "plans", "plan_id"));
        Assert.Equal(["default"], Ids(plain.Output, "policies", "policy_id"));
        Assert.Equal(["country", "os"], Ids(whole.Output, "dimensions", "dimension_id"));
        Assert.Contains("orders", Ids(whole.Output, "metrics", "metric_id"));
        Assert.Equal(3, unknown.ExitCode);
        Assert.Equal("Experiment 'nope' is not in catalog.experiments; known: new_checkout, plain, surge_price.", unknown.ErrorSentence);
        await empty.SucceedAsync("catalog", "apply", empty.Write("c.json", whole.Output));
        Assert.Equal(
            whole.Output,
            (await empty.SucceedAsync("catalog", "export", "--experiment", "new_checkout", "--format", "json")).Output);
    }

    [Fact]
    public async Task A_folder_with_other_definitions_is_not_exported_to()
    {
        using TestFolder folder = databases.Create();
        string target = folder.In("out");
        await folder.SucceedAsync("catalog", "export", "--out", target);
        await folder.SucceedAsync("catalog", "export", "--out", target);
        folder.Write("out/mine.yml", "metrics: []\n");

        RunnerResult refused = await folder.RunAsync("catalog", "export", "--out", target);
        RunnerResult format = await folder.RunAsync("catalog", "export", "--out", folder.In("x.yaml"), "--format", "json");
        RunnerResult unknown = await folder.RunAsync("catalog", "export", "--format", "xml");

        Assert.Equal(
            ["mine.yml", "policies.yaml", "thresholds.yaml"],
            Directory.GetFiles(target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("'mine.yml'", refused.ErrorSentence, StringComparison.Ordinal);
        Assert.Equal(2, format.ExitCode);
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("--format is 'xml'; yaml and json are known", unknown.ErrorSentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attributes_of_units_are_loaded_and_staged()
    {
        using TestFolder folder = databases.Create();
        string countries = folder.Write("countries.csv", "user_id,country\nu1,UK\nu2,US\nu3,\n,CA\nu1,DE\nu4,CA,extra\n");
        string wide = folder.Write(
            "plans.ndjson",
            "{\"unit_id\":\"u1\",\"attribute\":\"plan\",\"attribute_value\":\"pro\",\"valid_from\":\"2025-03-01T00:00:00Z\"}\n"
            + "{\"unit_id\":\"u1\",\"attribute\":\"plan\",\"attribute_value\":\"free\"}\n"
            + "{\"unit_id\":\"u2\",\"attribute\":\"plan\",\"attribute_value\":\"pro\",\"valid_from\":\"some day\"}\n");

        RunnerResult missing = await folder.RunAsync("load", "unit_attributes", countries, "--columns", "unit_id=user_id");
        await folder.SucceedAsync(
            "load", "unit_attributes", countries, "--columns", "unit_id=user_id,attribute_value=country", "--set", "attribute=country",
            "--values", "attribute_value=UK:GB,US:US,CA:CA,DE:DE");
        await folder.SucceedAsync("load", "unit_attributes", wide);
        await folder.SucceedAsync("refresh");

        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("has no column 'attribute', which unit_attributes need", missing.ErrorSentence, StringComparison.Ordinal);
        RunnerResult staged = await folder.SucceedAsync(
            "sql",
            "SELECT a.unit_id, a.attribute, a.attribute_value, a.valid_from FROM staging.stg_unit_attributes AS a "
            + "ORDER BY a.unit_id, a.attribute, a.valid_from;",
            "--format",
            "csv");
        Assert.Equal(
            [
                "unit_id,attribute,attribute_value,valid_from",
                "u1,country,DE,0001-01-01T00:00:00", "u1,plan,free,0001-01-01T00:00:00", "u1,plan,pro,2025-03-01T00:00:00",
                "u2,country,US,0001-01-01T00:00:00",
            ],
            staged.Output.TrimEnd().Split("\r\n"));
        Assert.Equal(
            ["6", "1", "5", "2", "1", "2", "0"],
            await folder.RowAsync(
                "SELECT r.line_count, r.rejected_count, r.raw_count, r.staged_count, r.duplicate_count, r.quarantined_count, "
                + "r.difference FROM quality.reconciliation AS r WHERE r.source = 'unit_attributes' ORDER BY r.load_id;"));
        Assert.Equal(
            ["bad_timestamp", "1"],
            await folder.RowAsync(
                "SELECT q.rule_name, COUNT_BIG(*) AS n FROM staging.quarantine AS q WHERE q.source = 'unit_attributes' "
                + "GROUP BY q.rule_name ORDER BY q.rule_name;"));
        await folder.AssertReconciledAsync();
    }

    [Fact]
    public async Task An_unfinished_load_of_attributes_is_removed_by_the_next_load()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync(
            "sql",
            "INSERT INTO ops.load_log (load_id, source, file_name, file_sha256, mapping_sha256, mapping, byte_count, started_at, status) "
            + "VALUES (900, 'unit_attributes', 'a.csv', 'x', 'y', '{}', 1, SYSUTCDATETIME(), 'loading');");
        await folder.SucceedAsync(
            "sql", "INSERT INTO raw.unit_attributes (load_id, line_number, unit_id) VALUES (900, 1, 'u1');");

        await folder.SucceedAsync(
            "load", "unit_attributes", folder.Write("a.csv", "unit_id,attribute,attribute_value\nu1,plan,pro\n"));

        Assert.Equal(
            ["1", "0"],
            await folder.RowAsync(
                "SELECT COUNT_BIG(*) AS n, SUM(CASE WHEN a.load_id = 900 THEN 1 ELSE 0 END) AS left_over "
                + "FROM raw.unit_attributes AS a;"));
    }

    private static string[] Ids(string json, string section, string key) =>
        [.. JsonNode.Parse(json)![section]!.AsArray().Select(row => row![key]!.GetValue<string>())];

    private static async Task<string> SourceAsync(TestFolder folder, string name)
    {
        if (name == "every_field")
        {
            return Fixture("catalog/every_field.yaml");
        }

        if (name != "simulated")
        {
            return Fixture(name + ".yaml");
        }

        await folder.SucceedAsync("simulate", "--experiment", "exp_1", "--units", "1000", "--seed", "7", "--out", folder.In("demo"));
        return folder.In("demo/catalog.yaml");
    }

    private static string Replace(string text, string from, string to)
    {
        Assert.Contains(from, text, StringComparison.Ordinal);
        return text.Replace(from, to, StringComparison.Ordinal);
    }

    private static string Fixture(string name) => Path.Combine(Repository.Root, "tests", "fixtures", name);
}

using Experiments.Runner.Catalog;

namespace Experiments.Runner.Tests;

public sealed class CatalogReaderTests
{
    private const string Sound =
        """
        metrics:
          - metric_id: conversion
            metric_version: 2
            metric_type: proportion
            event_name: purchase
          - metric_id: revenue
            metric_type: mean
            event_name: purchase
            aggregation: sum
            window_end_hours: 168
            direction: increase
        experiments:
          - experiment_id: exp_1
            start_at: 2025-01-06T01:00:00+01:00
            end_at: 2025-02-03
            planned_units: 20000
            variations:
              - { variation_id: control, is_control: true, weight: 0.5 }
              - { variation_id: treatment, weight: 0.5 }
            metrics:
              - { metric_id: conversion, metric_version: 2, metric_role: primary }
              - { metric_id: revenue, metric_role: guardrail, margin: 0.02 }
        """;

    [Fact]
    public void A_file_becomes_rows_with_defaults()
    {
        IReadOnlyList<CatalogRow> rows = Read(Sound);

        Assert.Equal(7, rows.Count);
        Assert.Equal(
            ["conversion", 2, "proportion", "purchase", "count", 1.0, 0.0, null, "complete", "increase", null],
            Values(
                rows[0],
                "metric_id",
                "metric_version",
                "metric_type",
                "event_name",
                "aggregation",
                "threshold",
                "window_start_hours",
                "window_end_hours",
                "maturity",
                "direction",
                "filters"));
        Assert.Equal(["mean", "sum", null, 168.0], Values(rows[1], "metric_type", "aggregation", "threshold", "window_end_hours"));
        CatalogRow experiment = rows[2];
        Assert.Equal(
            ["exp_1", new DateTime(2025, 1, 6), new DateTime(2025, 2, 3), 20000L, "default", "both"],
            Values(experiment, "experiment_name", "start_at", "end_at", "planned_units", "policy_id", "computed_modes"));
        Assert.Equal(["exp_1", "treatment", false, .5, null], rows[4].Values);
        Assert.Equal(["exp_1", "revenue", 1, "guardrail", .02, "relative"], rows[6].Values.Take(6));
        Assert.Equal(["two_sided", null, null], Values(rows[6], "sidedness", "test_method", "prior_kind"));
    }

    [Theory]
    [InlineData("metrics:\n  - metric_id: a\n    metric_tpe: mean", "c.yaml line 3: 'metric_tpe' is not a key of a metric; known: metric_id, ")]
    [InlineData("experiments:\n  - experiment_id: a\n    start: 2025-01-01", "c.yaml line 3: 'start' is not a key of an experiment")]
    [InlineData("experiments:\n  - experiment_id: a\n    start_at: 2025-01-01\n    variations:\n      - { variation_id: x, wieght: 1 }", "c.yaml line 5: 'wieght' is not a key of a variation; known: variation_id, ")]
    [InlineData("experiment:\n  - experiment_id: a", "c.yaml line 1: 'experiment' is not a section; known: policies, thresholds, dimensions, layers, holdouts, metrics, plans, experiments.")]
    [InlineData("metrics:\n  - metric_type: mean\n    event_name: e", "c.yaml line 2: a metric needs the key 'metric_id'.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: median\n    event_name: e", "c.yaml line 3: 'metric_type' is 'median'; allowed: proportion, mean, ratio, retention, quantile, time_to_event.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    window_end_hours: a week", "c.yaml line 5: 'window_end_hours' is 'a week'; a number is needed.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    threshold: 2", "c.yaml line 5: 'threshold' is given for a metric of type mean; it belongs to proportion, retention.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: [e]", "c.yaml line 4: 'event_name' is one value, not a list or a mapping.")]
    [InlineData("experiments:\n  - experiment_id: a\n    start_at: tomorrow", "c.yaml line 3: 'start_at' is 'tomorrow'; a time such as 2025-01-31")]
    [InlineData("experiments:\n  - experiment_id: a\n    start_at: 2025-01-01\n    exclude_multi_variation: perhaps", "c.yaml line 4: 'exclude_multi_variation' is 'perhaps'; true or false is needed.")]
    [InlineData("metrics:\n  metric_id: a", "c.yaml line 2: 'metrics' is a list.")]
    [InlineData("just words", "c.yaml line 1: a mapping with the keys policies, thresholds, dimensions, layers, holdouts, metrics, plans, experiments is needed.")]
    [InlineData("", "c.yaml is empty")]
    [InlineData("metrics:\n  - [unclosed", "this is not YAML")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean", "c.yaml line 2: a metric of type mean needs the key 'event_name'.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: ratio\n    numerator: b", "c.yaml line 2: a metric of type ratio needs the key 'denominator'.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: ratio\n    numerator: {metric: b}\n    denominator: c", "c.yaml line 4: 'metric' is not a key of 'numerator'; known: metric_id, metric_version.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: ratio\n    numerator: [b, c]\n    denominator: c", "c.yaml line 4: 'numerator' is a metric_id, or a mapping of metric_id and metric_version.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: ratio\n    numerator: b\n    denominator: c\n    event_name: e", "c.yaml line 6: 'event_name' is given for a metric of type ratio; it belongs to proportion, mean, retention, quantile, time_to_event.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: quantile\n    event_name: e\n    quantile_fraction: 95", "c.yaml line 5: 'quantile_fraction' is '95'; a number above 0 and below 1 is needed.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: quantile\n    event_name: e\n    quantile_fraction: .9\n    aggregation: sum", "c.yaml line 6: 'aggregation' is given for a metric of type quantile; it belongs to proportion, mean, retention, time_to_event.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: retention\n    event_name: e\n    aggregation: sum", "c.yaml line 5: 'aggregation' is 'sum'; allowed for a metric of type retention: distinct_days.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    distinct_attribute: sku", "c.yaml line 5: 'distinct_attribute' is 'sku'; it belongs to the aggregation distinct_values.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    covariate: b", "c.yaml line 5: 'covariate' needs the key 'covariate_hours' beside it.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    delay_hours: -1", "c.yaml line 5: 'delay_hours' is '-1'; hours from 0 to 438000 is needed.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    filters:\n      - {attribute: x, equal: 1}", "c.yaml line 6: 'equal' is not a key of a filter; known: attribute, and one of equals, in, range, is_null.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    filters:\n      - {attribute: x, equals: 1, is_null: true}", "c.yaml line 6: 'is_null' stands beside 'equals'; a filter has one of them.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    filters:\n      - {attribute: x, range: {from: 2, to: 1}}", "c.yaml line 6: 'range' goes from 2 to 1; from is needed below to.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    filters:\n      - {attribute: x, range: {from: low}}", "c.yaml line 6: 'from' is 'low'; a number below 1e19 with at most 9 decimals is needed.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    filters:\n      - {attribute: x, equals: }", "c.yaml line 6: 'equals' has no value; 'is_null: true' asks for events without one.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    filters:\n      - {attribute: x, in: []}", "c.yaml line 6: 'in' is empty; at least one value is needed.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    filters:\n      - {attribute: x, operator: like, text_value: y}", "c.yaml line 6: 'operator' is 'like'; allowed: equals, in, range, is_null, not_null.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    filters:\n      - {filter_number: 1, attribute: x, operator: in, text_value: y}\n      - {filter_number: 1, attribute: x, operator: in, text_value: z}", "c.yaml line 6: 'filters' has the filter_number 1 with the value_number 1 twice.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    filters: {attribute: x, equals: 1}", "c.yaml line 5: 'filters' is a list.")]
    [InlineData("experiments:\n  - experiment_id: a\n    start_at: 2025-01-01\n    dimensions: [country, {id: x}]", "c.yaml line 4: 'dimension_id' is one value, not a list or a mapping.")]
    [InlineData("experiments:\n  - experiment_id: a\n    start_at: 2025-01-01\n    weight_changes:\n      - {effective_at: 2025-01-02, weights: {x: half}}", "c.yaml line 5: 'x' is 'half'; a number from 0 to 1 is needed.")]
    [InlineData("experiments:\n  - experiment_id: a\n    start_at: 2025-01-01\n    weight_changes:\n      - {weights: {x: 1}}", "c.yaml line 5: a weight change needs the key 'effective_at'.")]
    [InlineData("experiments:\n  - experiment_id: a\n    start_at: 2025-01-01\n    weight_changes:\n      - {effective_at: 2025-01-02, weight: {x: 1}}", "c.yaml line 5: 'weight' is not a key of a weight change; known: effective_at, weights.")]
    [InlineData("holdouts:\n  - {holdout_id: h, salt: s, bucket_count: 10000, start_at: 2025-01-01}", "c.yaml line 2: 'bucket_count' is '10000'; a whole number from 1 to 9999 is needed.")]
    [InlineData("thresholds:\n  - {threshold_id: t}", "c.yaml line 2: a threshold needs the key 'threshold_value'.")]
    [InlineData("layers:\n  - {layer_id: 'l ', salt: s}", "c.yaml line 2: 'layer_id' is 'l '; text without blanks at its ends is needed.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_id: b", "c.yaml line 3: this is not YAML: Duplicate key metric_id")]
    public void What_a_file_may_not_say_is_named_with_its_line(string text, string message)
    {
        CatalogException exception = Assert.Throws<CatalogException>(() => Read(text));

        Assert.Contains(
            exception.Sentences, sentence => sentence.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_key_that_is_there_twice_is_refused()
    {
        CatalogException exception = Assert.Throws<CatalogException>(() => Read(
            "metrics:\n  - { metric_id: a, metric_type: mean, event_name: e }\n"
            + "  - { metric_id: a, metric_type: mean, event_name: f }"));

        Assert.Equal(
            "c.yaml line 3: metric 'a' version 1 is defined a second time; the first is c.yaml line 2.",
            exception.Message);
    }

    [Fact]
    public void A_text_that_is_too_long_is_refused_by_its_bytes()
    {
        string id = new('ó', 65);

        CatalogException exception = Assert.Throws<CatalogException>(() => Read(
            $"metrics:\n  - metric_id: {id}\n    metric_type: mean\n    event_name: e"));

        Assert.Equal("c.yaml line 2: 'metric_id' is longer than 128 bytes.", exception.Message);
    }

    [Fact]
    public void Everything_wrong_is_said_at_once()
    {
        CatalogException exception = Assert.Throws<CatalogException>(() => Read(
            """
            metrics:
              - metric_id: a
                metric_tpe: mean
                event_name: e
                window_end_hours: a week
              - metric_id: b
                metric_type: mean
                event_name: e
                filters:
                  - {attribute: x, equal: 1}
                  - {attribute: x, is_null: maybe}
            layrs: []
            experiments:
              - experiment_id: c
                variations: [{variation_id: v}]
            """));

        Assert.Equal(
            ["3", "5", "2", "10", "11", "12", "14", "15"],
            exception.Sentences.Select(sentence => sentence.Split(' ')[2].TrimEnd(':')));
        Assert.Equal("The definitions have 8 errors, listed above; nothing was written.", exception.Message);
    }

    [Fact]
    public void Filters_are_the_same_in_whatever_order_they_stand()
    {
        object? first = Filters("[{attribute: a, in: [x, y]}, {attribute: b, range: {from: 1.50, to: 2}}]");

        Assert.Equal(first, Filters("[{attribute: b, range: {from: 1.5, to: 2.0}}, {attribute: a, in: [y, x]}]"));
        Assert.Equal(
            first,
            Filters(
                "[{filter_number: 7, value_number: 2, attribute: a, operator: in, text_value: x}, "
                + "{filter_number: 7, value_number: 1, attribute: a, operator: in, text_value: y}, "
                + "{filter_number: 9, attribute: b, operator: range, low_value: 1.5, high_value: 2}]"));
        Assert.NotEqual(first, Filters("[{attribute: a, in: [x, z]}, {attribute: b, range: {from: 1.5, to: 2}}]"));
        Assert.NotEqual(first, Filters("[{attribute: a, in: [x, y]}, {attribute: b, range: {from: 1.5}}]"));
        Assert.NotEqual(first, Filters("[{attribute: a, in: [x, y]}]"));
        Assert.NotEqual(
            Filters("[{attribute: a, equals: x}, {attribute: a, equals: y}]"), Filters("[{attribute: a, in: [x, y]}]"));
        Assert.Equal("a in ('x', 'y') and b from 1.5 below 2", first!.ToString());
        Assert.Null(Filters("[]"));
    }

    [Fact]
    public void Json_is_read_as_yaml_is_with_its_lines()
    {
        const string json =
            """
            {
            	"metrics": [
            		{"metric_id": "a\/\ud83e\udd8a", "metric_type": "mean", "event_name": "null",
            		 "filters": [{"attribute": "x", "in": ["1", 2, true]}], "cap_upper": 1e2, "owner": null},
            		{"metric_id": "r", "metric_type": "ratio", "numerator": {"metric_id": "a", "metric_version": 2},
            		 "denominator": "b"}
            	]
            }
            """;
        using StringReader reader = new(json);
        using StringReader broken = new("{\n\"metrics\": [\n{\"metric_id\": 'a'}]}");
        using StringReader wrong = new("{\n\"metrics\": [\n{\"metric_id\": \"a\",\n\"metric_type\": \"median\"}]}");

        IReadOnlyList<CatalogRow> rows = CatalogReader.Read(reader, "c.json");

        Assert.Equal(
            ["a/🦊", "null", 100.0, null], Values(rows[0], "metric_id", "event_name", "cap_upper", "owner"));
        Assert.Equal("x in ('1', '2', 'true')", rows[0]["filters"]!.ToString());
        Assert.Equal([new MetricReference("a", 2), new MetricReference("b", 1)], Values(rows[1], "numerator", "denominator"));
        Assert.StartsWith(
            "c.json line 3: this is not JSON: ",
            Assert.Throws<CatalogException>(() => CatalogReader.Read(broken, "c.json")).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "c.json line 4: 'metric_type' is 'median'",
            Assert.Throws<CatalogException>(() => CatalogReader.Read(wrong, "c.json")).Message,
            StringComparison.Ordinal);
    }

    private static object? Filters(string filters) => Read(
        $"metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    filters: {filters}")[0]["filters"];

    private static object?[] Values(CatalogRow row, params string[] fields) => [.. fields.Select(field => row[field])];

    private static IReadOnlyList<CatalogRow> Read(string text)
    {
        using StringReader reader = new(text);
        return CatalogReader.Read(reader, "c.yaml");
    }
}

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
        Assert.Equal(["conversion", 2, "proportion", "purchase", "count", 1.0, 0.0, null, "complete", "increase", null, null, null], rows[0].Values);
        Assert.Equal("mean", rows[1].Values[2]);
        Assert.Null(rows[1].Values[5]);
        CatalogRow experiment = rows[2];
        Assert.Equal("exp_1", experiment.Values[1]);
        Assert.Equal(new DateTime(2025, 1, 6), experiment.Values[5]);
        Assert.Equal(new DateTime(2025, 2, 3), experiment.Values[6]);
        Assert.Equal("default", experiment.Values[9]);
        Assert.Equal(["exp_1", "treatment", false, .5, null], rows[4].Values);
        Assert.Equal(["exp_1", "revenue", 1, "guardrail", .02], rows[6].Values);
    }

    [Theory]
    [InlineData("metrics:\n  - metric_id: a\n    metric_tpe: mean", "c.yaml line 3: 'metric_tpe' is not a key of a metric; known: metric_id, ")]
    [InlineData("experiments:\n  - experiment_id: a\n    start: 2025-01-01", "c.yaml line 3: 'start' is not a key of an experiment")]
    [InlineData("experiments:\n  - experiment_id: a\n    start_at: 2025-01-01\n    variations:\n      - { variation_id: x, wieght: 1 }", "c.yaml line 5: 'wieght' is not a key of a variation; known: variation_id, ")]
    [InlineData("experiment:\n  - experiment_id: a", "c.yaml line 1: 'experiment' is not a section; known: policies, metrics, experiments.")]
    [InlineData("metrics:\n  - metric_type: mean\n    event_name: e", "c.yaml line 2: a metric needs the key 'metric_id'.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: median\n    event_name: e", "c.yaml line 3: 'metric_type' is 'median'; allowed: proportion, mean.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    window_end_hours: a week", "c.yaml line 5: 'window_end_hours' is 'a week'; a number is needed.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: e\n    threshold: 2", "'threshold' belongs to metrics of type proportion.")]
    [InlineData("metrics:\n  - metric_id: a\n    metric_type: mean\n    event_name: [e]", "c.yaml line 4: 'event_name' is one value, not a list or a mapping.")]
    [InlineData("experiments:\n  - experiment_id: a\n    start_at: tomorrow", "c.yaml line 3: 'start_at' is 'tomorrow'; a time such as 2025-01-31")]
    [InlineData("experiments:\n  - experiment_id: a\n    start_at: 2025-01-01\n    exclude_multi_variation: perhaps", "c.yaml line 4: 'exclude_multi_variation' is 'perhaps'; true or false is needed.")]
    [InlineData("metrics:\n  metric_id: a", "c.yaml line 2: 'metrics' is a list.")]
    [InlineData("just words", "c.yaml line 1: a mapping with the keys policies, metrics, experiments is needed.")]
    [InlineData("", "c.yaml is empty")]
    [InlineData("metrics:\n  - [unclosed", "this is not YAML")]
    public void What_a_file_may_not_say_is_named_with_its_line(string text, string message)
    {
        CatalogException exception = Assert.Throws<CatalogException>(() => Read(text));

        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
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

    private static IReadOnlyList<CatalogRow> Read(string text)
    {
        using StringReader reader = new(text);
        return CatalogReader.Read(reader, "c.yaml");
    }
}

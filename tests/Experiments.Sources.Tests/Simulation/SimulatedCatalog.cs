using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Experiments.Sources.Tests;

/// <summary>Puts catalog.yaml of a simulation into the catalog: every key is a column, whatever the keys are.</summary>
internal static class SimulatedCatalog
{
    internal static async Task ApplyAsync(PlatformDatabase db)
    {
        var yaml = new YamlStream();
        using (var reader = new StringReader(await File.ReadAllTextAsync(
            Path.Combine(db.Folder, Simulator.CatalogFile), TestContext.Current.CancellationToken)))
        {
            yaml.Load(reader);
        }

        // Literals: a plain number stays one, all else is text.
        var root = (YamlMappingNode)yaml.Documents[0].RootNode;
        foreach (var metric in Rows(root, "metrics"))
        {
            await InsertAsync(
                db, "metric_definitions", Scalars(metric), ("valid_from", "'2026-01-01'"), ("window_start_hours", "0"));
        }

        foreach (var experiment in Rows(root, "experiments"))
        {
            var id = ("experiment_id", Literal(experiment["experiment_id"]));
            await InsertAsync(db, "experiments", Scalars(experiment));
            foreach (var variation in Rows(experiment, "variations"))
            {
                await InsertAsync(db, "experiment_variations", Scalars(variation), id);
            }

            foreach (var metric in Rows(experiment, "metrics"))
            {
                await InsertAsync(db, "experiment_metrics", Scalars(metric), id);
            }
        }
    }

    private static IEnumerable<YamlMappingNode> Rows(YamlMappingNode node, string key) =>
        ((YamlSequenceNode)node[key]).Children.Cast<YamlMappingNode>();

    private static IEnumerable<(string Column, string Value)> Scalars(YamlMappingNode node) =>
        node.Children.Where(static p => p.Value is YamlScalarNode)
            .Select(static p => (((YamlScalarNode)p.Key).Value!, Literal(p.Value)));

    private static Task InsertAsync(
        PlatformDatabase db, string table, IEnumerable<(string Column, string Value)> values,
        params (string Column, string Value)[] more)
    {
        var row = values.Concat(more).ToList();
        return db.RunAsync(
            $"INSERT INTO catalog.{table} ({string.Join(", ", row.Select(static v => v.Column))}) "
            + $"VALUES ({string.Join(", ", row.Select(static v => v.Value))})");
    }

    private static string Literal(YamlNode node) => (YamlScalarNode)node switch
    {
        { Style: ScalarStyle.Plain, Value: "true" } => "1",
        { Style: ScalarStyle.Plain, Value: "false" } => "0",
        { Style: ScalarStyle.Plain, Value: { } value }
            when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) => value,
        { Value: var value } => $"'{value?.Replace("'", "''", StringComparison.Ordinal)}'",
    };
}

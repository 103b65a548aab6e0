using System.CommandLine;
using System.Data.Common;
using System.Text;
using System.Text.Json.Nodes;
using Experiments.Runner.Catalog;

namespace Experiments.Runner.Commands;

/// <summary>Writes the catalog as files.</summary>
internal sealed class CatalogExportCommand : Command, IHasExamples
{
    private readonly CommandServices _services;

    private readonly Option<string?> _out = new("--out")
    {
        Description =
            "A file (.yaml, .yml or .json), or a folder, which gets a file for each list; stdout without it.",
        HelpName = "DIR|FILE",
    };

    private readonly Option<string?> _format = new("--format")
    {
        Description = "yaml (the default) or json; a file's name says it too.",
        HelpName = "yaml|json",
    };

    private readonly Option<string?> _experiment = new("--experiment", "-e")
    {
        Description = "Only this experiment and the metrics, policy, dimensions and layer that it refers to.",
        HelpName = "ID",
    };

    public CatalogExportCommand(CommandServices services)
        : base("export", "Write the catalog as files that 'catalog apply' takes back.")
    {
        _services = services;
        _format.Validators.Add(result =>
        {
            string? format = result.Tokens.Count == 1 ? result.Tokens[0].Value : null;
            if (format is not (null or "yaml" or "json"))
            {
                result.AddError($"--format is '{format}'; yaml and json are known");
            }
        });
        Validators.Add(result =>
        {
            if (result.GetValue(_out) is { } path && result.GetValue(_format) is { } format
                && CatalogReader.IsCatalogFile(path) && CatalogReader.IsJson(path) != (format == "json"))
            {
                result.AddError($"--format is {format}, and the file's name '{Path.GetFileName(path)}' says another one");
            }
        });
        Add(_out);
        Add(_format);
        Add(_experiment);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "runner catalog export --out catalog/",
        "runner catalog export --experiment exp_1 --format json",
    ];

    public string Notes =>
        """
        Applied to an empty database, the files give the same catalog, and its export the same bytes: rows are in the
        order of their keys, and defaults are left out. A folder gets policies.yaml, metrics.yaml, experiments.yaml and
        so on; one that holds other catalog files is refused, since 'apply' would read them too.
        """;

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string? path = parse.GetValue(_out);
        bool isFile = path is not null && CatalogReader.IsCatalogFile(path);
        bool isJson = isFile ? CatalogReader.IsJson(path!) : parse.GetValue(_format) == "json";
        IReadOnlyList<(string Section, JsonArray Rows)> lists =
            await ReadAsync(parse, cancellationToken).ConfigureAwait(false);
        if (path is null)
        {
            await _services.Console.Output.WriteAsync(CatalogExport.Write(lists, isJson)).ConfigureAwait(false);
        }
        else if (isFile)
        {
            await WriteAsync(path, CatalogExport.Write(lists, isJson), cancellationToken).ConfigureAwait(false);
            _services.Console.Log($"Wrote {path}");
        }
        else
        {
            await WriteFolderAsync(path, lists, isJson, cancellationToken).ConfigureAwait(false);
        }

        return (int)ExitCode.Done;
    }

    private async Task<IReadOnlyList<(string Section, JsonArray Rows)>> ReadAsync(
        ParseResult parse, CancellationToken cancellationToken)
    {
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            CatalogSnapshot catalog =
                await CatalogSnapshot.ReadAsync(connection, null, cancellationToken).ConfigureAwait(false);
            if (parse.GetValue(_experiment) is not { } experiment)
            {
                return CatalogExport.Create(catalog);
            }

            List<object?> known = [.. catalog.Of(CatalogEntity.Experiment).Select(row => row.Values[0])];
            if (!known.Contains(experiment))
            {
                string names = known.Count == 0 ? "it has none" : "known: " + string.Join(", ", known);
                throw new RunnerException(
                    ExitCode.Refused, $"Experiment '{experiment}' is not in catalog.experiments; {names}.");
            }

            return CatalogExport.Create(catalog, experiment);
        }
    }

    private async Task WriteFolderAsync(
        string folder,
        IReadOnlyList<(string Section, JsonArray Rows)> lists,
        bool isJson,
        CancellationToken cancellationToken)
    {
        string extension = isJson ? ".json" : ".yaml";
        HashSet<string> names = [.. lists.Select(list => list.Section + extension)];
        Directory.CreateDirectory(folder);
        string? other = Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories)
            .Where(CatalogReader.IsCatalogFile)
            .Select(file => Path.GetRelativePath(folder, file))
            .Order(StringComparer.Ordinal)
            .FirstOrDefault(file => !names.Contains(file));
        if (other is not null)
        {
            throw new RunnerException(
                ExitCode.Failed,
                $"The folder '{folder}' holds '{other}', which this export does not write and 'catalog apply' would "
                + "read with it; remove it, or name another folder.");
        }

        foreach ((string section, JsonArray rows) in lists)
        {
            string path = Path.Combine(folder, section + extension);
            await WriteAsync(path, CatalogExport.Write([(section, rows)], isJson), cancellationToken)
                .ConfigureAwait(false);
            _services.Console.Log($"Wrote {path}");
        }
    }

    /// <summary>The whole file or the one that was there: never half of one.</summary>
    private static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        string part = path + ".part";
        await File.WriteAllTextAsync(part, text, new UTF8Encoding(false), cancellationToken).ConfigureAwait(false);
        File.Move(part, path, overwrite: true);
    }
}

using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Output;
using Experiments.Sources;

namespace Experiments.Runner.Commands;

/// <summary>Lands files in raw.</summary>
internal sealed class LoadCommand : Command, IHasExamples
{
    private readonly CommandServices _services;

    private readonly Argument<string> _source = new("source")
    {
        Description = "What the files hold: a source of catalog.sources, such as events, scrobbles or commerce_events.",
        HelpName = "SOURCE",
    };

    private readonly Argument<string[]> _files = new("files")
    {
        Description = "CSV, TSV or NDJSON files, each also with .gz; globs with *, ? and **; folders.",
        HelpName = "FILES",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> _columns = new("--columns")
    {
        Description = "Columns with other names in the file: unit_id=userid,variation_id=version.",
        HelpName = "COLUMN=NAME,…",
    };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Columns that are the same on every line: experiment_id=cookie_cats.",
        HelpName = "COLUMN=VALUE,…",
    };

    private readonly Option<string[]> _values = new("--values")
    {
        Description = "Values with other names in the file: variation_id=old_page:control,new_page:treatment.",
        HelpName = "COLUMN=FROM:TO,…",
    };

    private readonly Option<string[]> _reject = new("--reject")
    {
        Description = "Rows that go to quarantine, by columns of the file: group=control,landing_page=new_page.",
        HelpName = "NAME=VALUE,…",
    };

    private readonly Option<bool> _noStage = new("--no-stage")
    {
        Description = "Only land the lines; the next refresh, or staging.load_all, stages them.",
    };

    public LoadCommand(CommandServices services)
        : base("load", "Land files in the raw layer as they are, each file once, and stage them.")
    {
        _services = services;
        GlobalOptions.RefuseUnknownOptions(_source);
        GlobalOptions.RefuseUnknownOptions(_files);
        Add(_source);
        Add(_files);
        Add(_columns);
        Add(_set);
        Add(_values);
        Add(_reject);
        Add(_noStage);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "runner load assignments demo-data/assignments.csv",
        "runner load events \"events/*.ndjson.gz\"",
        "runner load scrobbles lastfm-dataset-1K/",
        "runner load assignments cookie_cats.csv.gz --columns unit_id=userid,variation_id=version "
            + "--set experiment_id=cookie_cats,assigned_at=2024-01-01",
        "runner load unit_attributes countries.csv --columns unit_id=user_id,attribute_value=country "
            + "--set attribute=country",
    ];

    public string Notes =>
        """
        A load is known by its source, its file's content and its mapping, and happens once; to name it again says so
        and changes nothing. A load that is stopped half-way leaves nothing behind and can be repeated. Lines that
        cannot be read are kept in raw.rejected_lines with their rule. What landed is staged at once: the summary says how
        many lines are staged, duplicates, and in quarantine by rule (--no-stage leaves that to the next refresh). Podcast
        events are judged again once their podcast_users and podcast_episodes come. A folder is read where the source says
        which of its files. The rows of catalog.sources, source_columns, source_rules and source_settings describe each source:
        runner sql "SELECT * FROM catalog.source_columns"
        """;

    /// <summary>Loads files, and says on stderr what became of each.</summary>
    public static async Task<IReadOnlyList<LoadSummary>> LoadAsync(
        RunnerConsole console, DbConnection connection, LoadRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<LoadSummary> summaries = await new WorkProgress(console).RunAsync(
            $"Load {request.Source}",
            steps => new Loader(connection).LoadAsync(request, new Steps(steps), cancellationToken),
            done => done.Count == 1
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"{done.Count} files")).ConfigureAwait(false);
        foreach (LoadSummary summary in summaries)
        {
            console.Log("  " + Describe(summary));
        }

        return summaries;
    }

    private static string Describe(LoadSummary summary)
    {
        if (summary.IsRepeat)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{summary.File}: already loaded as load {summary.LoadId}; nothing was done.");
        }

        string rejected = summary.Rejected.Count == 0
            ? "none rejected"
            : string.Join(", ", summary.Rejected.Select(rule => $"{Numbers.Count(rule.Value)} rejected as {rule.Key}"));
        string columns = summary.MissingColumns.Count == 0
            ? "" : $"; it has no {string.Join(", ", summary.MissingColumns)}";
        if (summary.NewColumns.Count > 0)
        {
            columns += $"; unknown columns: {string.Join(", ", summary.NewColumns)}";
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{summary.File}: load {summary.LoadId}, {Numbers.Count(summary.Lines, "line")}, {summary.Landed:N0} landed, "
            + $"{rejected}, {summary.Lines / Math.Max(summary.Elapsed.TotalSeconds, 0.001):N0} rows a second{columns}.");
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        LoadMapping mapping;
        try
        {
            mapping = LoadMapping.Parse(
                parse.GetValue(_columns) ?? [],
                parse.GetValue(_set) ?? [],
                parse.GetValue(_values) ?? [],
                parse.GetValue(_reject) ?? []);
        }
        catch (LoadException exception)
        {
            throw new RunnerException(ExitCode.Usage, exception.Message, exception);
        }

        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                await LoadAsync(
                    _services.Console,
                    connection,
                    new LoadRequest(parse.GetRequiredValue(_source), parse.GetRequiredValue(_files), mapping),
                    cancellationToken).ConfigureAwait(false);
                if (!parse.GetValue(_noStage))
                {
                    await StagingReport.StageAsync(connection, _services.Console, cancellationToken)
                        .ConfigureAwait(false);
                }
            }
            catch (UnknownSourceException exception)
            {
                throw new RunnerException(ExitCode.Usage, exception.Message, exception);
            }
        }

        return (int)ExitCode.Done;
    }

    /// <summary>Bytes read are how far a load is, over all of its files.</summary>
    private sealed class Steps(IProgress<ProgressStep> steps) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value)
        {
            double file = value.BytesTotal == 0 ? 1 : (double)value.BytesRead / value.BytesTotal;
            steps.Report(new ProgressStep(
                (value.FileNumber - 1 + file) / value.FileCount,
                string.Create(CultureInfo.InvariantCulture, $"{value.File}, {value.Rows:N0} lines")));
        }
    }
}

using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Data;
using Experiments.Runner.Output;
using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>What an analysis is asked for.</summary>
/// <param name="ExperimentId">The experiment.</param>
/// <param name="Mode">itt or exposed; null: the experiment's own.</param>
/// <param name="Interval">The intervals of proportions; null: as the catalog says.</param>
/// <param name="Refresh">Whether staging and marts are brought up to date first.</param>
internal sealed record AnalysisRequest(string ExperimentId, string? Mode, ProportionInterval? Interval, bool Refresh);

/// <summary>Runs one analysis from the catalog to the results.</summary>
internal sealed class AnalysisService(DbConnection connection, RunnerConsole console, WorkProgress progress)
{
    /// <summary>Refreshes, computes, writes, and reads back what the views now show.</summary>
    /// <exception cref="RunnerException">Refused, before anything is computed.</exception>
    public async Task<AnalysisReport> RunAsync(AnalysisRequest request, CancellationToken cancellationToken)
    {
        CatalogStore catalog = new(connection);
        AnalysisStore store = new(connection);
        await catalog.RequireSoundAsync(request.ExperimentId, console, cancellationToken).ConfigureAwait(false);
        ExperimentDefinition definition =
            await catalog.ReadAsync(request.ExperimentId, cancellationToken).ConfigureAwait(false);
        string mode = request.Mode ?? definition.AnalysisMode
            ?? throw new RunnerException(
                ExitCode.Refused,
                $"Experiment '{request.ExperimentId}' names no analysis mode in catalog.experiments; "
                + "say --mode itt or --mode exposed.");
        if (definition.Variations.Count(variation => variation.IsControl) != 1 || definition.Variations.Count < 2)
        {
            throw new RunnerException(
                ExitCode.Refused,
                $"Experiment '{request.ExperimentId}' needs one control and at least one other variation.");
        }

        if (request.Refresh)
        {
            RefreshService refresh = new(connection, progress);
            await refresh.StageAsync(cancellationToken).ConfigureAwait(false);
            await refresh.RefreshSourcesAsync(cancellationToken).ConfigureAwait(false);

            // What was staged may name a variation that the catalog lacks.
            await catalog.RequireSoundAsync(request.ExperimentId, console, cancellationToken).ConfigureAwait(false);
            await refresh.RefreshAsync([request.ExperimentId], cancellationToken).ConfigureAwait(false);
        }

        RunStore runs = new(connection);
        if (definition.IsSwitchback)
        {
            await RequireBlocksAsync(definition, mode, cancellationToken).ConfigureAwait(false);
        }

        RequireUnits(
            request,
            mode,
            await runs.ReadStageTotalsAsync(request.ExperimentId, cancellationToken).ConfigureAwait(false));
        if (!await new RefreshService(connection, progress).IsThroughAsync(request.ExperimentId, cancellationToken)
            .ConfigureAwait(false))
        {
            throw new RunnerException(
                ExitCode.Refused,
                $"The marts of experiment '{request.ExperimentId}' are not whole: a refresh is under way or was cut off; "
                + $"run 'runner refresh --experiment {request.ExperimentId}'.");
        }

        RunDocument facts = await runs.ReadFactsAsync(definition, mode, request.Interval, cancellationToken)
            .ConfigureAwait(false);
        long runId = await runs.BeginAsync(
            facts,
            mode,
            await runs.ReadWatermarkAsync(cancellationToken).ConfigureAwait(false),
            Environment.UserName,
            RunnerVersion.Text,
            cancellationToken).ConfigureAwait(false);

        // What was kept is what is computed from, so that the run can be computed again.
        (RunDocument document, AnalysisData data) =
            await runs.ReadAsync(runId, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"Run {runId} kept nothing.");
        AnalysisOutcome outcome = AnalysisComputer.Compute(document.Definition, data, document.Interval);
        await store.FinishAsync(runId, request.ExperimentId, mode, outcome, cancellationToken).ConfigureAwait(false);
        return await new ReportStore(connection)
            .ReadLastAsync(request.ExperimentId, mode, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"Run {runId} is not among the finished runs.");
    }

    private async Task RequireBlocksAsync(
        ExperimentDefinition definition, string mode, CancellationToken cancellationToken)
    {
        if (mode == AnalysisComputer.Exposed)
        {
            throw new RunnerException(
                ExitCode.Refused,
                $"Experiment '{definition.ExperimentId}' randomises blocks of time, which are not exposed; say --mode itt.");
        }

        using DbCommand command = Db.Command(
            connection,
            """
            SELECT COUNT_BIG(*) AS block_count, COALESCE(SUM(b.n_units), 0) AS unit_count
            FROM marts.agg_experiment_metric_blocks AS b
            WHERE b.experiment_id = @experiment_id;
            """).WithText("@experiment_id", definition.ExperimentId);
        (long blocks, long units) = (await Db.QueryAsync(
            command, reader => (reader.BigInt(0) ?? 0, reader.BigInt(1) ?? 0), cancellationToken)
            .ConfigureAwait(false))[0];
        if (blocks == 0)
        {
            throw new RunnerException(
                ExitCode.Refused,
                $"No block of experiment '{definition.ExperimentId}' is over in the loaded data; load its events with "
                + "'runner load events FILE', or wait for the first block to end.");
        }

        if (units == 0)
        {
            throw new RunnerException(
                ExitCode.Refused,
                $"No unit is in a region of experiment '{definition.ExperimentId}': none has the attribute "
                + $"'{definition.RegionAttribute}' with the name of a region of its blocks; load it with "
                + "'runner load unit_attributes FILE'.");
        }
    }

    private static void RequireUnits(AnalysisRequest request, string mode, IReadOnlyList<StageCount> counts)
    {
        if (!counts.Any(count => count.Stage == AnalysisComputer.Assigned && count.Count > 0))
        {
            throw new RunnerException(
                ExitCode.Refused,
                request.Refresh
                    ? $"Experiment '{request.ExperimentId}' has no assigned unit in the loaded data; "
                        + "load its assignments with 'runner load assignments FILE'."
                    : $"Experiment '{request.ExperimentId}' has no cohort; "
                        + $"run 'runner refresh --experiment {request.ExperimentId}', or leave out --no-refresh.");
        }

        if (mode == AnalysisComputer.Exposed
            && !counts.Any(count => count.Stage == AnalysisComputer.Exposed && count.Count > 0))
        {
            throw new RunnerException(
                ExitCode.Refused,
                $"No unit of experiment '{request.ExperimentId}' has a valid exposure, so that there is nothing to "
                + "analyze in mode exposed; load its exposures, or say --mode itt.");
        }
    }
}

/// <summary>Brings staging and marts up to date with what is loaded.</summary>
internal sealed class RefreshService(DbConnection connection, WorkProgress progress)
{
    /// <summary>Stages every finished load that is not staged yet.</summary>
    public Task StageAsync(CancellationToken cancellationToken) => progress.RunAsync(
        "Stage new loads",
        async () =>
        {
            using DbCommand command = Db.Command(connection, "EXEC staging.load_all;");
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        });

    /// <summary>Brings the business marts of the sources up to date.</summary>
    public Task RefreshSourcesAsync(CancellationToken cancellationToken) => progress.RunAsync(
        "Refresh business marts",
        async () =>
        {
            using DbCommand command = Db.Command(connection, "EXEC marts.refresh_sources;");
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        });

    /// <summary>Brings the experiments' marts up to date, one after the other.</summary>
    public async Task RefreshAsync(IReadOnlyList<string> experimentIds, CancellationToken cancellationToken)
    {
        foreach (string id in experimentIds)
        {
            await progress.RunAsync(
                $"Refresh {id}", _ => RefreshAsync(id, cancellationToken), static said => said).ConfigureAwait(false);
        }
    }

    /// <summary>Has the next refresh build an experiment's marts anew, or those of all.</summary>
    public async Task ForgetAsync(string? experimentId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection, "EXEC marts.forget_refresh @experiment_id = @experiment_id;")
            .WithText("@experiment_id", experimentId);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Refreshes one experiment; says what had to be done.</summary>
    private async Task<string?> RefreshAsync(string experimentId, CancellationToken cancellationToken)
    {
        using DbCommand refresh = Db.Command(
            connection, "EXEC marts.refresh_experiment @experiment_id = @experiment_id;")
            .WithText("@experiment_id", experimentId);
        await refresh.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        using DbCommand read = Db.Command(
            connection,
            """
            SELECT r.refresh_kind, r.changed_load_count, r.changed_unit_count
            FROM marts.experiment_refreshes AS r
            WHERE r.experiment_id = @experiment_id;
            """).WithText("@experiment_id", experimentId);
        List<string> said = await Db.QueryAsync(
            read,
            reader => Describe(reader.GetString(0), reader.BigInt(1) ?? 0, reader.BigInt(2) ?? 0),
            cancellationToken).ConfigureAwait(false);
        return said.SingleOrDefault();
    }

    private static string Describe(string kind, long loads, long units) => kind switch
    {
        "none" => "nothing had changed",
        "aggregates" => "aggregates alone",
        "incremental" => string.Create(
            CultureInfo.InvariantCulture, $"units that new loads touch, {units} (new loads: {loads})"),
        "full" => "built anew",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind of refresh."),
    };

    /// <summary>Whether the last refresh of an experiment is through, so that its marts are of one piece.</summary>
    public async Task<bool> IsThroughAsync(string experimentId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            "SELECT r.refresh_kind FROM marts.experiment_refreshes AS r WHERE r.experiment_id = @experiment_id;")
            .WithText("@experiment_id", experimentId);
        return (await Db.QueryAsync(command, static reader => reader.GetString(0), cancellationToken)
            .ConfigureAwait(false)).Count > 0;
    }

    /// <summary>Every experiment of the catalog.</summary>
    public async Task<List<string>> ReadExperimentsAsync(CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection, "SELECT e.experiment_id FROM catalog.experiments AS e ORDER BY e.experiment_id;");
        return await Db.QueryAsync(command, reader => reader.GetString(0), cancellationToken).ConfigureAwait(false);
    }
}

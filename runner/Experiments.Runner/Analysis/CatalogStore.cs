using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Experiments.Runner.Catalog;
using Experiments.Runner.Data;
using Experiments.Runner.Output;
using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>Reads definitions from the catalog.</summary>
internal sealed class CatalogStore(DbConnection connection)
{
    private const int NamesShown = 10;

    /// <summary>Refuses an experiment that the catalog does not have, or has problems with.</summary>
    /// <exception cref="RunnerException">Refused; the message names the experiment and what is wrong.</exception>
    public async Task RequireSoundAsync(string experimentId, RunnerConsole console, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection, "SELECT e.experiment_id FROM catalog.experiments AS e ORDER BY e.experiment_id;");
        List<string> known =
            await Db.QueryAsync(command, reader => reader.GetString(0), cancellationToken).ConfigureAwait(false);
        if (!known.Contains(experimentId, StringComparer.Ordinal))
        {
            string names = known.Count == 0
                ? "it has no experiment yet, see 'runner catalog apply'"
                : "known: " + string.Join(", ", known.Take(NamesShown)) + (known.Count > NamesShown ? ", …" : "");
            throw new RunnerException(
                ExitCode.Refused, $"Experiment '{experimentId}' is not in catalog.experiments; {names}.");
        }

        List<CatalogProblem> problems =
            await CatalogApplier.ReadProblemsAsync(connection, null, cancellationToken).ConfigureAwait(false);
        problems.RemoveAll(problem => problem.ExperimentId != experimentId);
        if (problems.Count == 1)
        {
            throw new RunnerException(ExitCode.Refused, problems[0].Sentence);
        }

        if (problems.Count > 1)
        {
            foreach (CatalogProblem problem in problems)
            {
                console.Log($"  {problem.Code}: {problem.Sentence}");
            }

            throw new RunnerException(
                ExitCode.Refused,
                $"Experiment '{experimentId}' has {problems.Count} problems in catalog.problems, "
                + "listed above; it is not analyzed before they are mended.");
        }
    }

    /// <summary>Reads one experiment, which is known and sound.</summary>
    public async Task<ExperimentDefinition> ReadAsync(string experimentId, CancellationToken cancellationToken)
    {
        StringBuilder canonical = new();
        object?[] experiment = (await ReadRowsAsync(
            """
            SELECT e.experiment_id, e.experiment_name, e.analysis_mode, e.start_at, e.end_at, e.planned_units,
                e.exclude_multi_variation, e.policy_id, e.policy_version, e.unit_type, e.plan_id, e.plan_version,
                e.region_attribute, e.burn_in_hours
            FROM catalog.experiments AS e
            WHERE e.experiment_id = @experiment_id;
            """,
            experimentId,
            canonical,
            cancellationToken).ConfigureAwait(false))[0];
        List<object?[]> variations = await ReadRowsAsync(
            """
            SELECT v.variation_id, v.is_control, v.weight
            FROM catalog.experiment_variations AS v
            WHERE v.experiment_id = @experiment_id
            ORDER BY v.variation_id;
            """,
            experimentId,
            canonical,
            cancellationToken).ConfigureAwait(false);
        List<object?[]> metrics = await ReadRowsAsync(
            """
            SELECT m.metric_id, m.metric_version, d.metric_type, d.direction, m.metric_role, m.margin, d.event_name,
                d.aggregation, d.threshold, d.window_start_hours, d.window_end_hours, d.maturity, m.test_method,
                m.sidedness, m.margin_kind, m.superiority_margin, m.equivalence_margin, m.proportion_interval,
                m.relative_interval, m.prior_kind, m.prior_mean, m.prior_sd, m.prior_alpha, m.prior_beta,
                m.posterior_threshold
            FROM catalog.experiment_metrics AS m
            INNER JOIN catalog.metric_definitions AS d
                ON d.metric_id = m.metric_id AND d.metric_version = m.metric_version
            WHERE m.experiment_id = @experiment_id
            ORDER BY m.metric_id;
            """,
            experimentId,
            canonical,
            cancellationToken).ConfigureAwait(false);

        // What the parts are made of belongs to the definitions too, so that their hash tells a change of any of it.
        await ReadRowsAsync(
            """
            SELECT p.metric_id, p.metric_version, p.part_name, p.part_metric_id, p.part_metric_version, p.event_name,
                p.distinct_attribute, p.aggregation, p.threshold, p.window_start_seconds, p.window_end_seconds,
                p.mature_seconds, p.eligibility_hours, p.cap_lower, p.cap_upper, p.winsor_lower, p.winsor_upper,
                p.winsor_nonzero, d.quantile_fraction, m.test_method
            FROM catalog.experiment_metrics AS m
            INNER JOIN catalog.metric_parts AS p
                ON p.metric_id = m.metric_id AND p.metric_version = m.metric_version
            INNER JOIN catalog.metric_definitions AS d
                ON d.metric_id = m.metric_id AND d.metric_version = m.metric_version
            WHERE m.experiment_id = @experiment_id
            ORDER BY p.metric_id, p.part_name;
            """,
            experimentId,
            canonical,
            cancellationToken).ConfigureAwait(false);
        await ReadRowsAsync(
            """
            SELECT DISTINCT f.metric_id, f.metric_version, f.filter_number, f.value_number, f.attribute, f.operator,
                f.text_value, f.low_value, f.high_value
            FROM catalog.experiment_metrics AS m
            INNER JOIN catalog.metric_parts AS p
                ON p.metric_id = m.metric_id AND p.metric_version = m.metric_version
            INNER JOIN catalog.metric_filters AS f
                ON f.metric_id = p.part_metric_id AND f.metric_version = p.part_metric_version
            WHERE m.experiment_id = @experiment_id
            ORDER BY f.metric_id, f.metric_version, f.filter_number, f.value_number;
            """,
            experimentId,
            canonical,
            cancellationToken).ConfigureAwait(false);
        await ReadRowsAsync(
            """
            SELECT k.metric_id, k.covariate_metric_id
            FROM catalog.experiment_metric_covariates AS k
            WHERE k.experiment_id = @experiment_id
            ORDER BY k.metric_id, k.covariate_metric_id;
            """,
            experimentId,
            canonical,
            cancellationToken).ConfigureAwait(false);
        await ReadRowsAsync(
            """
            SELECT b.region, b.block_start_at, b.block_end_at, b.stratum, b.variation_id
            FROM catalog.experiment_blocks AS b
            WHERE b.experiment_id = @experiment_id
            ORDER BY b.region, b.block_start_at;
            """,
            experimentId,
            canonical,
            cancellationToken).ConfigureAwait(false);
        object?[] policy = (await ReadRowsAsync(
            """
            SELECT p.policy_id, p.policy_version, p.min_relative_lift, p.alpha, p.guardrail_margin, p.guardrail_alpha,
                p.srm_alpha, p.correction, p.guardrail_power, p.policy_kind, p.correction_family, p.primary_share,
                p.deterioration_alpha, p.min_weeks
            FROM catalog.decision_policies AS p
            INNER JOIN catalog.experiments AS e
                ON e.policy_id = p.policy_id AND e.policy_version = p.policy_version
            WHERE e.experiment_id = @experiment_id;
            """,
            experimentId,
            canonical,
            cancellationToken).ConfigureAwait(false))
            .FirstOrDefault()
            ?? throw new RunnerException(
                ExitCode.Refused,
                $"Experiment '{experimentId}' names the policy '{experiment[7]}' version {experiment[8]}, "
                + "which is not in catalog.decision_policies.");

        object?[]? plan = (await ReadRowsAsync(
            """
            SELECT q.plan_id, q.plan_version, q.plan_kind, q.planned_units, q.planned_looks, q.spending,
                q.spending_parameter, q.futility_spending, q.futility_parameter, q.futility_power
            FROM catalog.sequential_plans AS q
            INNER JOIN catalog.experiments AS e
                ON e.plan_id = q.plan_id AND COALESCE(e.plan_version, 1) = q.plan_version
            WHERE e.experiment_id = @experiment_id;
            """,
            experimentId,
            canonical,
            cancellationToken).ConfigureAwait(false)).FirstOrDefault();
        RequirePolicy(policy);
        return new ExperimentDefinition(
            experimentId,
            (string)experiment[1]!,
            (string?)experiment[2],
            (DateTime?)experiment[4],
            Whole(experiment[5]),
            new DecisionPolicy(
                (string)policy[0]!,
                (int)Whole(policy[1])!,
                Number(policy[2]),
                Number(policy[3]),
                Number(policy[4]),
                Number(policy[5]),
                Number(policy[6]),
                OptionNames.Parse(OptionNames.Corrections, (string)policy[7]!, "correction")!.Value,
                Number(policy[8]))
            {
                Kind = (string?)policy[9] == "complete" ? PolicyKind.Complete : PolicyKind.Default,
                CorrectionFamily = (string?)policy[10] ?? OptionNames.OverVariations,
                PrimaryShare = policy[11] is null ? .5 : Number(policy[11]),
                DeteriorationAlpha = policy[12] is null ? .05 : Number(policy[12]),
                MinWeeks = (int?)Whole(policy[13]) ?? 1,
            },
            [.. variations
                .Select(row => new VariationDefinition((string)row[0]!, Flag(row[1]), Number(row[2])))
                .OrderByDescending(variation => variation.IsControl)
                .ThenBy(variation => variation.VariationId, StringComparer.Ordinal)],
            [.. metrics
                .Select(row => new MetricDefinition(
                    (string)row[0]!,
                    (int)Whole(row[1])!,
                    (string)row[2]!,
                    Direction((string)row[3]!),
                    Role((string)row[4]!),
                    NumberOrNone(row[5]))
                {
                    Options = Options(row),
                    IsSwitchback = experiment[12] is not null,
                })
                .OrderBy(metric => metric.Role switch
                {
                    MetricRole.Primary => 0,
                    MetricRole.Guardrail => 1,
                    _ => 2,
                })
                .ThenBy(metric => metric.MetricId, StringComparer.Ordinal)],
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString()))))
        {
            StartAt = (DateTime?)experiment[3],
            RegionAttribute = (string?)experiment[12],
            Plan = plan is null ? null : Plan(plan),
        };
    }

    private static MetricOptions Options(object?[] row) => new()
    {
        TestMethod = OptionNames.Parse(OptionNames.TestMethods, (string?)row[12], "test_method"),
        IsOneSided = (string?)row[13] == "one_sided",
        IsAbsoluteMargin = (string?)row[14] == "absolute",
        SuperiorityMargin = NumberOrNone(row[15]),
        EquivalenceMargin = NumberOrNone(row[16]),
        ProportionInterval =
            OptionNames.Parse(OptionNames.ProportionIntervals, (string?)row[17], "proportion_interval"),
        LiftInterval = OptionNames.Parse(OptionNames.RelativeIntervals, (string?)row[18], "relative_interval"),
        Prior = OptionNames.Parse(OptionNames.Priors, (string?)row[19], "prior_kind") is { } kind
            ? new PriorDefinition(
                kind,
                NumberOrNone(row[20]) ?? 0,
                NumberOrNone(row[21]) ?? 1,
                NumberOrNone(row[22]) ?? 1,
                NumberOrNone(row[23]) ?? 1)
            {
                Threshold = NumberOrNone(row[24]),
            }
            : null,
    };

    private static SequentialPlan Plan(object?[] row) => new(
        (string)row[0]!,
        (int)Whole(row[1])!,
        (string)row[2]! == OptionNames.ConfidenceSequence
            ? Monitoring.ConfidenceSequence
            : Monitoring.GroupSequential,
        Whole(row[3])!.Value,
        (int?)Whole(row[4]),
        Spending((string?)row[5], row[6]) ?? new Spending(SpendingFamily.OBrienFleming))
    {
        Futility = Spending((string?)row[7], row[8]),
        FutilityPower = NumberOrNone(row[9]) ?? .8,
    };

    private static Spending? Spending(string? name, object? parameter) =>
        OptionNames.Parse(OptionNames.Spendings, name, "spending") is { } family
            ? new Spending(family, NumberOrNone(parameter) ?? 1)
            : null;

    private static double? NumberOrNone(object? value) => value is null ? null : Number(value);

    /// <summary>A policy that is out of range is no problem of any one experiment in catalog.problems.</summary>
    private static void RequirePolicy(object?[] policy)
    {
        bool IsLevel(int index) => Number(policy[index]) is > 0 and < 1;
        if (!(IsLevel(3) && IsLevel(5) && IsLevel(6) && IsLevel(8) && Number(policy[2]) >= 0 && Number(policy[4]) > 0))
        {
            throw new RunnerException(
                ExitCode.Refused,
                $"The policy '{policy[0]}' version {policy[1]} has a value out of range: alphas and power lie between "
                + "0 and 1, the lift is not negative, the margin is positive.");
        }
    }

    private async Task<List<object?[]>> ReadRowsAsync(
        string sql, string experimentId, StringBuilder canonical, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(connection, sql).WithText("@experiment_id", experimentId);
        List<object?[]> rows = await Db.QueryAsync(
            command,
            reader =>
            {
                object?[] values = new object?[reader.FieldCount];
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
                    canonical.Append(reader.GetName(i)).Append('=')
                        .Append(values[i] is { } value ? ValueText.Exact(value) : "NULL").Append('\n');
                }

                return values;
            },
            cancellationToken).ConfigureAwait(false);
        canonical.Append("--\n");
        return rows;
    }

    private static long? Whole(object? value) =>
        value is null ? null : Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture);

    private static double Number(object? value) =>
        Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture);

    private static bool Flag(object? value) =>
        Convert.ToBoolean(value, System.Globalization.CultureInfo.InvariantCulture);

    private static DesiredDirection Direction(string text) => text switch
    {
        "increase" => DesiredDirection.Increase,
        "decrease" => DesiredDirection.Decrease,
        _ => throw new InvalidOperationException($"A direction is increase or decrease; it is '{text}'."),
    };

    private static MetricRole Role(string text) => text switch
    {
        "primary" => MetricRole.Primary,
        "secondary" => MetricRole.Secondary,
        "guardrail" => MetricRole.Guardrail,
        _ => throw new InvalidOperationException($"A role is primary, secondary or guardrail; it is '{text}'."),
    };
}

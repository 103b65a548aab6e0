using System.CommandLine;
using System.CommandLine.Parsing;
using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Data;
using Experiments.Runner.Output;
using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Commands;

/// <summary>Plans an experiment: sample size, detectable effect, power, run time.</summary>
internal sealed class PowerCommand : Command, IHasExamples
{
    private const int CurvePoints = 12;

    private readonly CommandServices _services;

    private readonly Option<string?> _type = Choice<string?>(
        "--metric-type",
        "What is measured; a ratio takes n Var(r) as its variance, a quantile n SE² of an earlier one.",
        ("mean", "mean"),
        ("proportion", "proportion"),
        ("ratio", "ratio"),
        ("quantile", "quantile"),
        ("rank", "rank"),
        ("time_to_event", "time_to_event"));

    private readonly Option<double?> _baseline = new("--baseline")
    {
        Description = "The control's mean, ratio or rate.", HelpName = "NUMBER",
    };

    private readonly Option<double?> _variance = new("--variance")
    {
        Description = "The variance of one unit (means and ratios).", HelpName = "NUMBER",
    };

    private readonly Option<double?> _deviation = new("--sd")
    {
        Description = "The standard deviation of one unit, instead of --variance.", HelpName = "NUMBER",
    };

    private readonly Option<double?> _treatmentVariance = new("--treatment-variance")
    {
        Description = "The treatment's variance, where it differs.", HelpName = "NUMBER",
    };

    private readonly Option<double?> _mde = new("--mde")
    {
        Description =
            "The effect to find, relative to the baseline (0.02 is 2 %); for rank P(T > C) + P(T = C)/2 - 1/2, for "
            + "time_to_event the hazard ratio - 1.",
        HelpName = "NUMBER",
    };

    private readonly Option<bool> _absolute = new("--absolute")
    {
        Description = "--mde and the margin are in units of the metric.",
    };

    private readonly Option<double?> _units = new("--units")
    {
        Description = "Units of all arms (events, for times): what can they find?", HelpName = "NUMBER",
    };

    private readonly Option<double?> _alpha = new("--alpha")
    {
        Description = "The level, two-sided unless --alternative or a margin is given; .05 without it.",
        HelpName = "NUMBER",
    };

    private readonly Option<double?> _power = new("--power")
    {
        Description = "The power asked for; .8 without it.",
        HelpName = "NUMBER",
    };

    private readonly Option<Alternative> _alternative = Choice(
        "--alternative",
        "The alternative; two-sided without it.",
        ("two-sided", Alternative.TwoSided),
        ("greater", Alternative.Greater),
        ("less", Alternative.Less));

    private readonly Option<double[]?> _weights = new("--weights")
    {
        Description = "The weights of the arms, the control's first, such as 50:50 or 2:1:1; 1:1 without it.",
        HelpName = "W:W",
        CustomParser = static result =>
        {
            string[] parts = result.Tokens[0].Value.Split(':', ',');
            double[] weights = new double[parts.Length];
            for (int i = 0; i < parts.Length; i++)
            {
                if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out weights[i])
                    || !(weights[i] > 0 && double.IsFinite(weights[i])))
                {
                    return GlobalOptions.Reject<double[]>(
                        result, $"--weights is '{result.Tokens[0].Value}'; positive numbers with ':' between are known");
                }
            }

            return weights.Length > 1
                ? weights
                : GlobalOptions.Reject<double[]>(result, "--weights names one arm; two or more are needed");
        },
    };

    private readonly Option<Correction> _correction = Choice(
        "--correction",
        "The correction over several treatments; none without it.",
        ("none", Correction.None),
        ("bonferroni", Correction.Bonferroni),
        ("dunnett", Correction.Dunnett));

    private readonly Option<double?> _daily = new("--daily-units")
    {
        Description = "New units a day, over all arms: gives the run time.", HelpName = "NUMBER",
    };

    private readonly Option<int?> _window = new("--window-days")
    {
        Description =
            "Days after its anchor until a unit's metric is complete; 0 without it, the metric's own with --experiment.",
        HelpName = "DAYS",
    };

    private readonly Option<double?> _cuped = new("--cuped-r2")
    {
        Description = "The share of the variance that a covariate explains, the squared correlation.",
        HelpName = "NUMBER",
    };

    private readonly Option<double?> _clusterSize = new("--cluster-size")
    {
        Description = "Units a randomised cluster, or observations a unit; 1 without it.",
        HelpName = "NUMBER",
    };

    private readonly Option<double?> _icc = new("--icc")
    {
        Description = "The intraclass correlation of the clusters.", HelpName = "NUMBER",
    };

    private readonly Option<double?> _nonInferiority = Margin(
        "--non-inferiority-margin", "Not worse by this, one-sided at alpha; --mde is then the true effect, 0 without it.");

    private readonly Option<double?> _superiority = Margin(
        "--superiority-margin", "Better by more than this, one-sided at alpha.");

    private readonly Option<double?> _equivalence = Margin(
        "--equivalence-margin", "Within this either way, two one-sided tests at alpha.");

    private readonly Option<DesiredDirection> _direction = Choice(
        "--direction",
        "Which way is good, for margins; increase without it.",
        ("increase", DesiredDirection.Increase),
        ("decrease", DesiredDirection.Decrease));

    private readonly Option<Monitoring> _sequential = Choice(
        "--sequential",
        "How one looks: none, always (a confidence sequence at any time) or group (alpha spending at planned looks).",
        ("none", Monitoring.FixedHorizon),
        ("always", Monitoring.ConfidenceSequence),
        ("group", Monitoring.GroupSequential));

    private readonly Option<int?> _looks = new("--looks")
    {
        Description = "Equally spaced looks of --sequential group; 5 without it.",
        HelpName = "NUMBER",
    };

    private readonly Option<SpendingFamily> _spending = Choice(
        "--spending",
        "How --sequential group spends alpha; obrien_fleming without it.",
        ("obrien_fleming", SpendingFamily.OBrienFleming),
        ("pocock", SpendingFamily.Pocock));

    private readonly Option<double?> _planned = new("--planned-units")
    {
        Description = "N* of --sequential always; the sample itself without it.", HelpName = "NUMBER",
    };

    private readonly Option<int> _guardrails = new("--guardrails")
    {
        Description = "Guardrails that have to pass too: the power becomes 1 - (1 - power)/(guardrails + 1).",
        HelpName = "NUMBER",
    };

    private readonly Option<bool> _curve = new("--curve")
    {
        Description = "Power and detectable effect by sample, or by week where --daily-units is given.",
    };

    private readonly Option<string?> _experiment = new("--experiment", "-e")
    {
        Description = "Take baseline, variance, covariate, weights and daily units from this experiment's control.",
        HelpName = "ID",
    };

    private readonly Option<string?> _metric = new("--metric")
    {
        Description = "The metric of --experiment.", HelpName = "ID",
    };

    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public PowerCommand(CommandServices services)
        : base("power", "Plan: the sample an effect needs, what a sample can find, how long it runs.")
    {
        _services = services;
        foreach (Option option in (Option[])
            [
                _type, _baseline, _variance, _deviation, _treatmentVariance, _mde, _absolute, _units, _alpha, _power,
                _alternative, _weights, _correction, _daily, _window, _cuped, _clusterSize, _icc, _nonInferiority,
                _superiority, _equivalence, _direction, _sequential, _looks, _spending, _planned, _guardrails, _curve,
                _experiment, _metric, _format,
            ])
        {
            Add(option);
        }

        Validators.Add(result =>
        {
            try
            {
                Validate(result);
            }
            catch (InvalidOperationException exception)
            {
                // A value that its own option refuses.
                result.AddError(exception.Message);
            }
        });
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "runner power --metric-type proportion --baseline 0.04 --mde 0.05 --daily-units 20000",
        "runner power --metric-type mean --baseline 25 --sd 60 --mde 0.02 --weights 50:25:25 --correction dunnett",
        "runner power --metric-type mean --baseline 25 --sd 60 --non-inferiority-margin 0.01 --cuped-r2 0.4",
        "runner power --experiment exp_1 --metric revenue --mde 0.02 --curve --format csv",
    ];

    public string Notes =>
        """
        With --mde: the sample; with --units: the power for --mde and the detectable effect. Several treatments: the
        power is that of each comparison with the control, for the treatment of the smallest weight. Arms are rounded
        up to whole units, the run time to whole weeks, the window added.
        --experiment reads what the last refresh aggregated in the experiment's own mode: of a ratio n Var(r) by the delta
        method, of a quantile n SE², and of a metric with a covariate the share of the variance that it explained.
        """;

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        Observed? observed = parse.GetValue(_experiment) is { } experiment
            ? await ReadAsync(parse, experiment, parse.GetValue(_metric)!, cancellationToken).ConfigureAwait(false)
            : null;
        PowerDesign design = Design(parse, observed);
        Scale scale = new(
            design.Metric is PowerMetric.Rank or PowerMetric.TimeToEvent || parse.GetValue(_absolute),
            Math.Abs(design.Baseline));
        double power = parse.GetValue(_power) ?? .8;
        double? daily = parse.GetValue(_daily) ?? observed?.DailyUnits;
        int window = parse.GetValue(_window) ?? observed?.WindowDays ?? 0;
        string word = parse.GetValue(_type) ?? observed!.Type;
        double? effect = parse.GetValue(_mde) is { } mde
            ? scale.ToAbsolute(mde)
            : design.Goal is PowerGoal.NonInferiority or PowerGoal.Equivalence ? 0 : null;
        double? units;
        RowSet plan;
        RowSet? curve = null;
        try
        {
            units = parse.GetValue(_units) ?? Experiments.Statistics.Power.SampleSize(design, effect!.Value, power);
            plan = Plan(word, design, effect, units, daily, window, power);
            if (parse.GetValue(_curve))
            {
                curve = Curve(design, effect, units, daily, window, power);
            }
        }
        catch (ArgumentException exception)
        {
            throw new RunnerException(ExitCode.Usage, exception.Message.Split('\n')[0].Trim(), exception);
        }

        if (units is null)
        {
            throw new RunnerException(
                ExitCode.Failed, "No sample finds this effect: it has the wrong sign for the alternative, or lies at the margin.");
        }

        OutputFormat format = parse.GetValue(_format);
        switch (format)
        {
            case OutputFormat.Json:
                await new DocumentWriter(_services.Console.Output).WriteAsync(
                    curve is null ? [("plan", plan, true)] : [("plan", plan, true), ("curve", curve, false)],
                    cancellationToken).ConfigureAwait(false);
                break;
            case OutputFormat.Csv:
                await _services.Writer(format).WriteAsync(curve ?? plan, cancellationToken).ConfigureAwait(false);
                break;
            case OutputFormat.Table:
                await _services.Writer(format).WriteAsync(plan, cancellationToken).ConfigureAwait(false);
                if (curve is not null)
                {
                    _services.Console.Output.Write('\n');
                    await _services.Writer(format).WriteAsync(curve, cancellationToken).ConfigureAwait(false);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(parse), format, "No such format.");
        }

        return (int)ExitCode.Done;
    }

    private void Validate(CommandResult result)
    {
        bool hasExperiment = result.GetValue(_experiment) is not null;
        if (hasExperiment != (result.GetValue(_metric) is not null))
        {
            result.AddError("--experiment and --metric go together");
        }

        string? word = result.GetValue(_type);
        PowerMetric? type = word is null ? null : Metric(word);
        if (type is null && !hasExperiment)
        {
            result.AddError("--metric-type is needed, or --experiment with --metric");
            return;
        }

        bool hasNoScale = type is PowerMetric.Rank or PowerMetric.TimeToEvent;
        int margins = ((Option<double?>[])[_nonInferiority, _superiority, _equivalence])
            .Count(option => result.GetValue(option) is not null);
        if (margins > 1)
        {
            result.AddError("One margin at most is tested");
        }

        if (hasNoScale && margins > 0)
        {
            result.AddError("A margin is for means, ratios and proportions");
        }

        if (!hasExperiment && !hasNoScale && result.GetValue(_baseline) is null)
        {
            result.AddError("--baseline is needed");
        }

        if (result.GetValue(_variance) is not null && result.GetValue(_deviation) is not null)
        {
            result.AddError("--variance and --sd say the same; one is enough");
        }

        if (!hasExperiment && type == PowerMetric.Mean && result.GetValue(_variance) is null
            && result.GetValue(_deviation) is null)
        {
            result.AddError("--variance or --sd is needed");
        }

        if (result.GetValue(_mde) is null && result.GetValue(_units) is null
            && result.GetValue(_nonInferiority) is null && result.GetValue(_equivalence) is null)
        {
            result.AddError("--mde or --units is needed");
        }

        if (result.GetValue(_mde) == 0 && margins == 0)
        {
            result.AddError("--mde is 0; an effect is needed");
        }

        Inside(result, _alpha, 0, 1);
        Inside(result, _power, 0, 1);
        AtLeast(result, _cuped, 0, 1);
        AtLeast(result, _icc, 0, 1);
        AtLeast(result, _clusterSize, 1, double.MaxValue);
        foreach (Option<double?> option in (Option<double?>[])[_units, _daily, _variance, _deviation, _planned, _treatmentVariance])
        {
            if (result.GetValue(option) is { } value && !(value > 0 && double.IsFinite(value)))
            {
                result.AddError($"{option.Name} is {Text(value)}; a positive number is needed");
            }
        }

        if (result.GetValue(_window) < 0 || result.GetValue(_guardrails) < 0 || result.GetValue(_looks) is < 1 or > 200)
        {
            result.AddError("--window-days and --guardrails are at least 0, --looks from 1 to 200");
        }
    }

    private PowerDesign Design(ParseResult parse, Observed? observed)
    {
        double? margin = parse.GetValue(_nonInferiority) ?? parse.GetValue(_superiority) ?? parse.GetValue(_equivalence);
        double deviation = parse.GetValue(_deviation) ?? 0;
        double clusterSize = parse.GetValue(_clusterSize) ?? 1;
        return new PowerDesign
        {
            Metric = Metric(parse.GetValue(_type) ?? observed!.Type),
            Goal = parse.GetValue(_nonInferiority) is not null ? PowerGoal.NonInferiority
                : parse.GetValue(_superiority) is not null ? PowerGoal.SuperiorityByMargin
                : parse.GetValue(_equivalence) is not null ? PowerGoal.Equivalence
                : PowerGoal.Difference,
            Baseline = parse.GetValue(_baseline) ?? observed?.Baseline ?? 0,
            Variance = parse.GetValue(_variance) ?? (deviation > 0 ? deviation * deviation : observed?.Variance ?? 0),
            TreatmentVariance = parse.GetValue(_treatmentVariance),
            Weights = parse.GetValue(_weights) is { Length: > 1 } weights ? weights : observed?.Weights ?? [1, 1],
            Alpha = parse.GetValue(_alpha) ?? .05,
            Alternative = parse.GetValue(_alternative),
            Direction = parse.GetValue(_direction),
            Margin = margin ?? 0,
            IsMarginRelative = margin is not null && !parse.GetValue(_absolute),
            Correction = parse.GetValue(_correction),
            CovariateCorrelation = Math.Sqrt(parse.GetValue(_cuped) ?? observed?.CovariateShare ?? 0),
            DesignEffect = Experiments.Statistics.Power.ClusterDesignEffect(clusterSize, parse.GetValue(_icc) ?? 0),
            UnitsPerCluster = clusterSize,
            Monitoring = parse.GetValue(_sequential),
            Looks = parse.GetValue(_looks) ?? 5,
            Spending = new Spending(parse.GetValue(_spending)),
            PlannedUnits = parse.GetValue(_planned),
            Guardrails = parse.GetValue(_guardrails),
        };
    }

    private static RowSet Plan(
        string word, PowerDesign design, double? effect, double? needed, double? daily, int window, double power)
    {
        if (needed is not { } exact)
        {
            return RowSet.Of([], []);
        }

        double total = design.Weights.Sum();
        double[] arms = [.. design.Weights.Select(weight => Math.Ceiling((exact * weight / total) - 1e-9))];
        double units = arms.Sum();
        double reached = effect is { } d ? Experiments.Statistics.Power.Of(design, units, d) : double.NaN;
        bool isDecrease = effect < 0 || (effect is null && design.Alternative == Alternative.Less);
        double? detectable = Experiments.Statistics.Power.DetectableEffect(design, units, power, isDecrease);
        int? days = daily is { } flow ? Experiments.Statistics.Power.RunTime(units, flow, window) : null;
        bool hasBase = design.Baseline != 0 && design.Metric is PowerMetric.Mean or PowerMetric.Proportion;
        double? Relative(double? absolute) => hasBase ? absolute / Math.Abs(design.Baseline) : null;
        return RowSet.Of(
            [
                new RowColumn("metric_type", typeof(string)), new RowColumn("goal", typeof(string)),
                new RowColumn("baseline", typeof(double)), new RowColumn("variance", typeof(double)),
                new RowColumn("alpha", typeof(double)), new RowColumn("alternative", typeof(string)),
                new RowColumn("monitoring", typeof(string)), new RowColumn("correction", typeof(string)),
                new RowColumn("margin", typeof(double)), new RowColumn("weights", typeof(string)),
                new RowColumn("target_power", typeof(double)), new RowColumn("effect_absolute", typeof(double)),
                new RowColumn("effect_relative", typeof(double)), new RowColumn("units", typeof(double)),
                new RowColumn("units_by_arm", typeof(string)), new RowColumn("power", typeof(double)),
                new RowColumn("detectable_absolute", typeof(double)), new RowColumn("detectable_relative", typeof(double)),
                new RowColumn("daily_units", typeof(double)), new RowColumn("days", typeof(int)),
                new RowColumn("cuped_r2", typeof(double)),
            ],
            [
                [
                    word,
                    Word(design.Goal),
                    design.Metric is PowerMetric.Mean or PowerMetric.Proportion ? design.Baseline : null,
                    design.Metric switch
                    {
                        PowerMetric.Mean => design.Variance,
                        PowerMetric.Proportion => design.Baseline * (1 - design.Baseline),
                        _ => null,
                    },
                    design.Alpha,
                    design.Goal == PowerGoal.Difference ? Word(design.Alternative) : "one-sided",
                    Word(design.Monitoring),
                    design.Correction.ToString().ToLowerInvariant(),
                    design.Goal == PowerGoal.Difference ? null : design.Margin,
                    string.Join(':', design.Weights.Select(Text)),
                    SampleSize.CorrectedPower(power, design.Guardrails),
                    effect,
                    Relative(effect),
                    units,
                    string.Join(':', arms.Select(Text)),
                    double.IsNaN(reached) ? null : reached,
                    detectable,
                    Relative(detectable),
                    daily,
                    days,
                    design.CovariateCorrelation * design.CovariateCorrelation,
                ],
            ]);
    }

    private static RowSet Curve(
        PowerDesign design, double? effect, double? units, double? daily, int window, double power)
    {
        double[] samples = daily is { } flow
            ? [.. Enumerable.Range(1, CurvePoints).Select(week => 7 * week * flow)]
            : [.. Enumerable.Range(1, CurvePoints).Select(k => Math.Ceiling((units ?? 0) * k / 8.0))];
        bool hasBase = design.Baseline != 0 && design.Metric is PowerMetric.Mean or PowerMetric.Proportion;
        double? Relative(double? absolute) => hasBase ? absolute / Math.Abs(design.Baseline) : null;
        return RowSet.Of(
            [
                new RowColumn("units", typeof(double)), new RowColumn("days", typeof(int)),
                new RowColumn("power", typeof(double)), new RowColumn("detectable_absolute", typeof(double)),
                new RowColumn("detectable_relative", typeof(double)),
            ],
            Experiments.Statistics.Power.Curve(design, samples, effect, power, daily, window).Select(point => new object?[]
            {
                point.Units, point.Days, point.Power, point.DetectableEffect, Relative(point.DetectableEffect),
            }));
    }

    /// <summary>The control's figures, over all periods of unchanged weights, in the experiment's own mode.</summary>
    private async Task<Observed> ReadAsync(
        ParseResult parse, string experiment, string metric, CancellationToken cancellationToken)
    {
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            (string mode, string type, string? test, int windowDays) =
                await ReadUseAsync(connection, experiment, metric, cancellationToken).ConfigureAwait(false);
            bool hasRanks = test == "mann_whitney";
            ControlSums control = await ReadSumsAsync(connection, experiment, metric, mode, cancellationToken)
                .ConfigureAwait(false);
            if (control.Mean.N < 2 && !hasRanks && type is not ("quantile" or "time_to_event"))
            {
                throw None();
            }

            (string Type, double Baseline, double Variance) figures = (hasRanks ? "rank" : type) switch
            {
                "quantile" => await ReadQuantileAsync(connection, experiment, metric, mode, cancellationToken)
                    .ConfigureAwait(false) is { } quantile
                        ? (type, quantile.Value, quantile.Variance)
                        : throw None(),
                "rank" => ("rank", 0, 0),
                "time_to_event" => ("time_to_event", 0, 0),
                _ when control.Ratio is { } ratio => ratio.ToMeanArm() is { } arm
                    ? ("ratio", arm.Mean, arm.Variance)
                    : throw new RunnerException(
                        ExitCode.Refused,
                        $"The denominator of '{metric}' is 0 in the control of '{experiment}': there is no ratio to plan."),
                _ when control.IsRate => ("proportion", control.Mean.Mean, control.Mean.Variance),
                _ => ("mean", control.Mean.Mean, control.Mean.Variance),
            };
            return new Observed(
                figures.Type,
                figures.Baseline,
                figures.Variance,
                figures.Type is "mean" or "proportion" ? control.CovariateShare : 0,
                windowDays,
                await ReadWeightsAsync(connection, experiment, cancellationToken).ConfigureAwait(false),

                // Times count events, of which days bring fewer than units.
                figures.Type == "time_to_event"
                    ? null
                    : await ReadDailyAsync(connection, experiment, mode, cancellationToken).ConfigureAwait(false));
        }

        RunnerException None() => new(
            ExitCode.Refused,
            $"The control of '{experiment}' has no units with a value of '{metric}'; 'runner refresh' builds them.");
    }

    /// <summary>The mode of an experiment, and what its metric is, with the days that its window takes.</summary>
    private static async Task<(string Mode, string Type, string? Test, int WindowDays)> ReadUseAsync(
        DbConnection connection, string experiment, string metric, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT COALESCE(x.analysis_mode, 'itt') AS analysis_mode, COALESCE(d.metric_type, 'mean') AS metric_type,
                m.test_method,
                (
                    SELECT MAX(p.mature_seconds)
                    FROM marts.experiment_metric_parts AS p
                    WHERE p.experiment_id = m.experiment_id AND p.metric_id = m.metric_id
                ) AS mature_seconds
            FROM catalog.experiments AS x
            INNER JOIN catalog.experiment_metrics AS m
                ON m.experiment_id = x.experiment_id
            LEFT JOIN catalog.metric_definitions AS d
                ON d.metric_id = m.metric_id AND d.metric_version = m.metric_version
            WHERE x.experiment_id = @experiment_id AND m.metric_id = @metric_id;
            """).WithText("@experiment_id", experiment).WithText("@metric_id", metric);
        var rows = await Db.QueryAsync(
            command,
            static reader => (
                reader.GetString(0),
                reader.GetString(1),
                reader.Text(2),
                (int)Math.Ceiling((reader.BigInt(3) ?? 0) / 86400.0)),
            cancellationToken).ConfigureAwait(false);
        return rows.Count > 0
            ? rows[0]
            : throw new RunnerException(ExitCode.Refused, $"Experiment '{experiment}' has no metric '{metric}' in the catalog.");
    }

    private static async Task<ControlSums> ReadSumsAsync(
        DbConnection connection, string experiment, string metric, string mode, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT a.n_units, a.success_count, a.center_value, a.sum_centered, a.sum_centered_sq, a.center_d, a.sum_d,
                a.sum_dd, a.sum_yd, a.center_x, a.sum_x, a.sum_xx, a.sum_yx
            FROM marts.agg_experiment_metric_by_variant AS a
            INNER JOIN catalog.experiment_variations AS v
                ON v.experiment_id = a.experiment_id AND v.variation_id = a.variation_id
            INNER JOIN catalog.experiment_metrics AS m
                ON m.experiment_id = a.experiment_id AND m.metric_id = a.metric_id
                AND m.metric_version = a.metric_version
            WHERE a.experiment_id = @experiment_id AND a.metric_id = @metric_id AND a.analysis_mode = @analysis_mode
                AND v.is_control = 1
            ORDER BY a.variation_id, a.weight_epoch;
            """)
            .WithText("@experiment_id", experiment)
            .WithText("@metric_id", metric)
            .WithText("@analysis_mode", mode, 16);
        List<ControlSums> rows = await Db.QueryAsync(
            command,
            static reader =>
            {
                long n = reader.BigInt(0) ?? 0;
                (double k, double sum, double squares) =
                    (reader.Float(2) ?? 0, reader.Float(3) ?? 0, reader.Float(4) ?? 0);
                return new ControlSums(
                    MeanArm.FromCentred(n, k, sum, squares),
                    !reader.IsDBNull(1),
                    reader.Float(5) is { } d
                        ? RatioArm.FromCentred(
                            n, k, d, sum, reader.Float(6) ?? 0, squares, reader.Float(7) ?? 0, reader.Float(8) ?? 0)
                        : null,
                    reader.Float(9) is { } x
                        ? CupedArm.FromCentred(
                            n, k, x, sum, reader.Float(10) ?? 0, squares, reader.Float(11) ?? 0, reader.Float(12) ?? 0)
                        : null);
            },
            cancellationToken).ConfigureAwait(false);
        return rows.Count == 0 ? new ControlSums(default, false, null, null) : rows.Aggregate(static (a, b) => new ControlSums(
            a.Mean.Merge(b.Mean),
            a.IsRate && b.IsRate,
            a.Ratio is { } ar && b.Ratio is { } br ? ar.Merge(br) : null,
            a.Cuped is { } ac && b.Cuped is { } bc ? ac.Merge(bc) : null));
    }

    /// <summary>The control's quantile, and n times the square of its standard error.</summary>
    private static async Task<(double Value, double Variance)?> ReadQuantileAsync(
        DbConnection connection, string experiment, string metric, string mode, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT q.observation_count, q.quantile_value, q.lower_value, q.upper_value, q.level_variance, q.n_units
            FROM marts.agg_experiment_metric_quantiles AS q
            INNER JOIN catalog.experiment_variations AS v
                ON v.experiment_id = q.experiment_id AND v.variation_id = q.variation_id
            WHERE q.experiment_id = @experiment_id AND q.metric_id = @metric_id AND q.analysis_mode = @analysis_mode
                AND v.is_control = 1 AND q.lower_value IS NOT NULL AND q.upper_value > q.lower_value;
            """)
            .WithText("@experiment_id", experiment)
            .WithText("@metric_id", metric)
            .WithText("@analysis_mode", mode, 16);
        var rows = await Db.QueryAsync(
            command,
            static reader =>
            {
                QuantileArm arm = new(
                    reader.BigInt(0) ?? 0,
                    reader.Float(1)!.Value,
                    reader.Float(2)!.Value,
                    reader.Float(3)!.Value,
                    reader.Float(4) ?? double.PositiveInfinity);
                return (arm.Quantile, (reader.BigInt(5) ?? 0) * arm.StandardError * arm.StandardError);
            },
            cancellationToken).ConfigureAwait(false);
        return rows.Count > 0 ? rows[0] : null;
    }

    private static async Task<double[]> ReadWeightsAsync(
        DbConnection connection, string experiment, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT v.weight
            FROM catalog.experiment_variations AS v
            WHERE v.experiment_id = @experiment_id AND (v.weight > 0 OR v.is_control = 1)
            ORDER BY v.is_control DESC, v.variation_id;
            """).WithText("@experiment_id", experiment);
        return [.. await Db.QueryAsync(command, reader => reader.Float(0) ?? 0, cancellationToken).ConfigureAwait(false)];
    }

    /// <summary>Units that entered a day, over the days on which any did.</summary>
    private static async Task<double?> ReadDailyAsync(
        DbConnection connection, string experiment, string mode, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT
                COUNT_BIG(*) AS units,
                COUNT_BIG
                (
                    DISTINCT CAST
                    (
                        CASE WHEN @analysis_mode = 'itt' THEN c.itt_anchor_at ELSE c.exposed_anchor_at END AS date
                    )
                ) AS days
            FROM marts.fct_experiment_cohort AS c
            WHERE c.experiment_id = @experiment_id
                AND ((@analysis_mode = 'itt' AND c.is_itt = 1) OR (@analysis_mode = 'exposed' AND c.is_exposed = 1));
            """).WithText("@experiment_id", experiment).WithText("@analysis_mode", mode, 16);
        var found = await Db.QueryAsync(
            command, reader => (Units: reader.BigInt(0) ?? 0, Days: reader.BigInt(1) ?? 0), cancellationToken)
            .ConfigureAwait(false);
        return found is [{ Days: > 0 } row] ? (double)row.Units / row.Days : null;
    }

    private static Option<T> Choice<T>(string name, string description, params (string Word, T Value)[] choices) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', choices.Select(static choice => choice.Word)),
        CustomParser = result =>
        {
            string word = result.Tokens[0].Value;
            foreach ((string known, T value) in choices)
            {
                if (word == known)
                {
                    return value;
                }
            }

            string all = string.Join(", ", choices.Take(choices.Length - 1).Select(static choice => choice.Word));
            return GlobalOptions.Reject<T>(result, $"{name} is '{word}'; {all} and {choices[^1].Word} are known");
        },
    };

    private static Option<double?> Margin(string name, string description) => new(name)
    {
        Description = description + " Relative to the baseline, or with --absolute in units of the metric.",
        HelpName = "NUMBER",
        Validators =
        {
            result =>
            {
                if (result.Tokens.Count == 1 && result.GetValueOrDefault<double?>() is { } value && !(value >= 0))
                {
                    result.AddError($"{name} is {Text(value)}; it is at least 0");
                }
            },
        },
    };

    private static void Inside(CommandResult result, Option<double?> option, double low, double high)
    {
        if (result.GetValue(option) is { } value && !(value > low && value < high))
        {
            result.AddError($"{option.Name} is {Text(value)}; it lies between {Text(low)} and {Text(high)}");
        }
    }

    private static void AtLeast(CommandResult result, Option<double?> option, double low, double high)
    {
        if (result.GetValue(option) is { } value && !(value >= low && value <= high))
        {
            result.AddError($"{option.Name} is {Text(value)}; it is at least {Text(low)}"
                + (high < double.MaxValue ? $" and at most {Text(high)}" : ""));
        }
    }

    private static PowerMetric Metric(string word) => word switch
    {
        "mean" or "ratio" or "quantile" => PowerMetric.Mean,
        "proportion" => PowerMetric.Proportion,
        "rank" => PowerMetric.Rank,
        "time_to_event" => PowerMetric.TimeToEvent,
        _ => throw new ArgumentOutOfRangeException(nameof(word), word, "No such metric."),
    };

    private static string Word(PowerGoal goal) => goal switch
    {
        PowerGoal.Difference => "difference",
        PowerGoal.NonInferiority => "non_inferiority",
        PowerGoal.SuperiorityByMargin => "superiority_by_margin",
        PowerGoal.Equivalence => "equivalence",
        _ => throw new ArgumentOutOfRangeException(nameof(goal), goal, "No such goal."),
    };

    private static string Word(Alternative alternative) => alternative switch
    {
        Alternative.TwoSided => "two-sided",
        Alternative.Greater => "greater",
        Alternative.Less => "less",
        _ => throw new ArgumentOutOfRangeException(nameof(alternative), alternative, "No such alternative."),
    };

    private static string Word(Monitoring monitoring) => monitoring switch
    {
        Monitoring.FixedHorizon => "fixed_horizon",
        Monitoring.ConfidenceSequence => "confidence_sequence",
        Monitoring.GroupSequential => "group_sequential",
        _ => throw new ArgumentOutOfRangeException(nameof(monitoring), monitoring, "No such monitoring."),
    };

    private static string Text(double number) => number.ToString("0.########", CultureInfo.InvariantCulture);

    /// <summary>What is known of a metric's control.</summary>
    /// <param name="Type">What is measured, as --metric-type has it.</param>
    /// <param name="Baseline">Its mean, rate, ratio or quantile.</param>
    /// <param name="Variance">The variance of a unit; of a ratio n Var(r), of a quantile n SE².</param>
    /// <param name="CovariateShare">The share of the variance that the covariate explains; 0 without one.</param>
    /// <param name="WindowDays">Days until a unit's value is complete.</param>
    /// <param name="Weights">The weights of the arms, the control's first.</param>
    /// <param name="DailyUnits">Units a day, where they are known.</param>
    private sealed record Observed(
        string Type,
        double Baseline,
        double Variance,
        double CovariateShare,
        int WindowDays,
        double[] Weights,
        double? DailyUnits);

    /// <summary>The control's sums, over all weight epochs.</summary>
    private sealed record ControlSums(MeanArm Mean, bool IsRate, RatioArm? Ratio, CupedArm? Cuped)
    {
        /// <summary>The squared correlation of value and covariate.</summary>
        public double CovariateShare => Cuped is { N: > 1 } arm && arm.Variance > 0 && arm.CovariateVariance > 0
            ? Math.Min(1, arm.Covariance / arm.Variance * (arm.Covariance / arm.CovariateVariance))
            : 0;
    }

    /// <summary>From an effect as it is given to one in units of the metric.</summary>
    private readonly record struct Scale(bool IsAbsolute, double Base)
    {
        public double ToAbsolute(double effect) => IsAbsolute ? effect : effect * Base;
    }
}

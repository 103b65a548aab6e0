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
        "What is measured; a ratio takes n Var(r) as its variance.",
        ("mean", "mean"),
        ("proportion", "proportion"),
        ("ratio", "ratio"),
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

    private readonly Option<int> _window = new("--window-days")
    {
        Description = "Days after its anchor until a unit's metric is complete; 0 without it.", HelpName = "DAYS",
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
        Description = "Take baseline, variance and daily units from this experiment's control.", HelpName = "ID",
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
        double? effect = parse.GetValue(_mde) is { } mde
            ? scale.ToAbsolute(mde)
            : design.Goal is PowerGoal.NonInferiority or PowerGoal.Equivalence ? 0 : null;
        double? units;
        RowSet plan;
        RowSet? curve = null;
        try
        {
            units = parse.GetValue(_units) ?? Experiments.Statistics.Power.SampleSize(design, effect!.Value, power);
            plan = Plan(parse, design, effect, units, daily, power);
            if (parse.GetValue(_curve))
            {
                curve = Curve(design, effect, units, daily, parse.GetValue(_window), power);
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
            Metric = parse.GetValue(_type) is { } type ? Metric(type) : observed!.Metric,
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
            CovariateCorrelation = Math.Sqrt(parse.GetValue(_cuped) ?? 0),
            DesignEffect = Experiments.Statistics.Power.ClusterDesignEffect(clusterSize, parse.GetValue(_icc) ?? 0),
            UnitsPerCluster = clusterSize,
            Monitoring = parse.GetValue(_sequential),
            Looks = parse.GetValue(_looks) ?? 5,
            Spending = new Spending(parse.GetValue(_spending)),
            PlannedUnits = parse.GetValue(_planned),
            Guardrails = parse.GetValue(_guardrails),
        };
    }

    private RowSet Plan(
        ParseResult parse, PowerDesign design, double? effect, double? needed, double? daily, double power)
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
        int? days = daily is { } flow ? Experiments.Statistics.Power.RunTime(units, flow, parse.GetValue(_window)) : null;
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
            ],
            [
                [
                    parse.GetValue(_type) ?? (design.Metric == PowerMetric.Proportion ? "proportion" : "mean"),
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

    /// <summary>The control's figures, over all periods of unchanged weights.</summary>
    private async Task<Observed> ReadAsync(
        ParseResult parse, string experiment, string metric, CancellationToken cancellationToken)
    {
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            using DbCommand command = Db.Command(
                connection,
                """
                SELECT v.is_control, v.weight, a.n_units, a.success_count, a.center_value, a.sum_centered,
                    a.sum_centered_sq, a.metric_version
                FROM marts.agg_experiment_metric_by_variant AS a
                INNER JOIN catalog.experiment_variations AS v
                    ON v.experiment_id = a.experiment_id AND v.variation_id = a.variation_id
                INNER JOIN catalog.experiment_metrics AS m
                    ON m.experiment_id = a.experiment_id AND m.metric_id = a.metric_id
                    AND m.metric_version = a.metric_version
                WHERE a.experiment_id = @experiment_id AND a.metric_id = @metric_id AND a.analysis_mode = 'itt'
                ORDER BY v.is_control DESC, a.variation_id, a.weight_epoch, a.metric_version;
                """).WithText("@experiment_id", experiment).WithText("@metric_id", metric);
            var rows = await Db.QueryAsync(
                command,
                reader => (
                    IsControl: reader.Bit(0),
                    Units: reader.BigInt(2) ?? 0,
                    Successes: reader.BigInt(3),
                    Center: reader.Float(4) ?? 0,
                    Sum: reader.Float(5) ?? 0,
                    Squares: reader.Float(6) ?? 0),
                cancellationToken).ConfigureAwait(false);
            var control = rows.Where(static row => row.IsControl).ToList();
            MeanArm arm = control.Aggregate(
                default(MeanArm),
                static (merged, row) => merged.Merge(MeanArm.FromCentred(row.Units, row.Center, row.Sum, row.Squares)));
            if (arm.N < 2)
            {
                throw new RunnerException(
                    ExitCode.Refused,
                    $"The control of '{experiment}' has no units with a value of '{metric}'; 'runner refresh' builds them.");
            }

            return new Observed(
                control.All(static row => row.Successes is not null) ? PowerMetric.Proportion : PowerMetric.Mean,
                arm.Mean,
                arm.Variance,
                await ReadWeightsAsync(connection, experiment, cancellationToken).ConfigureAwait(false),
                await ReadDailyAsync(connection, experiment, cancellationToken).ConfigureAwait(false));
        }
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

    /// <summary>Assigned units a day, over the days on which any were assigned.</summary>
    private static async Task<double?> ReadDailyAsync(
        DbConnection connection, string experiment, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT COUNT_BIG(*) AS units, COUNT_BIG(DISTINCT CAST(c.itt_anchor_at AS date)) AS days
            FROM marts.fct_experiment_cohort AS c
            WHERE c.experiment_id = @experiment_id AND c.is_itt = 1;
            """).WithText("@experiment_id", experiment);
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
        "mean" or "ratio" => PowerMetric.Mean,
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
    private sealed record Observed(
        PowerMetric Metric, double Baseline, double Variance, double[] Weights, double? DailyUnits);

    /// <summary>From an effect as it is given to one in units of the metric.</summary>
    private readonly record struct Scale(bool IsAbsolute, double Base)
    {
        public double ToAbsolute(double effect) => IsAbsolute ? effect : effect * Base;
    }
}

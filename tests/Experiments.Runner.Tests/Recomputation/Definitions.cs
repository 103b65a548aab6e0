using System.Text.Json;
using System.Text.Json.Nodes;

namespace Experiments.Runner.Tests.Recomputation;

/// <summary>A condition on an event's attribute.</summary>
internal sealed record Condition(string Attribute, string Operator, string[] Values, double? Low = null, double? High = null)
{
    public JsonObject ToJson() => Operator switch
    {
        "equals" => new JsonObject { ["attribute"] = Attribute, ["equals"] = Values[0] },
        "in" => new JsonObject
        {
            ["attribute"] = Attribute,
            ["in"] = new JsonArray([.. Values.Select(value => (JsonNode)value)]),
        },
        "is_null" => new JsonObject { ["attribute"] = Attribute, ["is_null"] = true },
        "not_null" => new JsonObject { ["attribute"] = Attribute, ["is_null"] = false },
        "range" => new JsonObject { ["attribute"] = Attribute, ["range"] = Range() },
        _ => throw new InvalidOperationException($"No operator {Operator}."),
    };

    private JsonObject Range()
    {
        JsonObject range = [];
        if (Low is { } low)
        {
            range["from"] = low;
        }

        if (High is { } high)
        {
            range["to"] = high;
        }

        return range;
    }
}

/// <summary>A metric as the catalog has it; hours throughout.</summary>
internal sealed record Metric(string Id, string Type)
{
    public string? Event { get; init; }

    public string? Aggregation { get; init; }

    public string? DistinctAttribute { get; init; }

    public double? Threshold { get; init; }

    public int Start { get; init; }

    public int? End { get; init; }

    public bool IsComplete { get; init; } = true;

    public int Delay { get; init; }

    public int? Eligibility { get; init; }

    public double? CapLower { get; init; }

    public double? CapUpper { get; init; }

    public double? WinsorLower { get; init; }

    public double? WinsorUpper { get; init; }

    public bool IsNonzero { get; init; }

    public int? CovariateHours { get; init; }

    public string? Covariate { get; init; }

    public string? Numerator { get; init; }

    public string? Denominator { get; init; }

    public double? Fraction { get; init; }

    public Condition[] Filters { get; init; } = [];

    /// <summary>Whether its use asks for ranks.</summary>
    public bool IsRanked { get; init; }

    public JsonObject ToJson()
    {
        JsonObject json = new() { ["metric_id"] = Id, ["metric_type"] = Type };
        Put(json, "event_name", Event);
        Put(json, "aggregation", Aggregation);
        Put(json, "distinct_attribute", DistinctAttribute);
        Put(json, "threshold", Threshold);
        Put(json, "window_start_hours", Start == 0 ? null : Start);
        Put(json, "window_end_hours", End);
        Put(json, "maturity", IsComplete ? null : "all");
        Put(json, "delay_hours", Delay == 0 ? null : Delay);
        Put(json, "eligibility_hours", Eligibility);
        Put(json, "cap_lower", CapLower);
        Put(json, "cap_upper", CapUpper);
        Put(json, "winsor_lower", WinsorLower);
        Put(json, "winsor_upper", WinsorUpper);
        Put(json, "winsor_nonzero", IsNonzero ? true : null);
        Put(json, "covariate", Covariate);
        Put(json, "covariate_hours", CovariateHours);
        Put(json, "numerator", Numerator);
        Put(json, "denominator", Denominator);
        Put(json, "quantile_fraction", Fraction);
        if (Filters.Length > 0)
        {
            json["filters"] = new JsonArray([.. Filters.Select(filter => (JsonNode)filter.ToJson())]);
        }

        return json;
    }

    private static void Put(JsonObject json, string name, object? value)
    {
        if (value is not null)
        {
            json[name] = JsonSerializer.SerializeToNode(value);
        }
    }
}

/// <summary>A variation and its weight before and after the change of weights.</summary>
internal sealed record Arm(string Id, double Weight, double Later);

/// <summary>An experiment as the catalog has it; the first arm is the control.</summary>
internal sealed record Trial(string Id, Arm[] Arms, long Start, long? End)
{
    public string Mode { get; init; } = "itt";

    public string Modes { get; init; } = "both";

    public bool ExcludesMulti { get; init; }

    public string? Trigger { get; init; }

    public string? ClusterAttribute { get; init; }

    public long? Change { get; init; }

    public string[] Dimensions { get; init; } = [];

    public required Metric[] Metrics { get; init; }

    /// <summary>Metrics with further covariates: those of the metrics named.</summary>
    public Dictionary<string, string[]> Covariates { get; init; } = [];

    public IEnumerable<string> ComputedModes => Modes == "both" ? ["itt", "exposed"] : [Modes];

    public JsonObject ToJson()
    {
        JsonObject json = new()
        {
            ["experiment_id"] = Id,
            ["analysis_mode"] = Mode,
            ["computed_modes"] = Modes,
            ["start_at"] = Clock.Iso(Start),
            ["exclude_multi_variation"] = ExcludesMulti,
            ["variations"] = new JsonArray([.. Arms.Select((arm, i) => (JsonNode)new JsonObject
            {
                ["variation_id"] = arm.Id, ["is_control"] = i == 0, ["weight"] = arm.Weight,
            })]),
            ["metrics"] = new JsonArray([.. Metrics.Select((metric, i) => (JsonNode)Use(metric, i))]),
            ["covariates"] = new JsonArray([.. Covariates.SelectMany(pair => pair.Value.Select(name =>
                (JsonNode)new JsonObject { ["metric_id"] = pair.Key, ["covariate_metric_id"] = name }))]),
            ["dimensions"] = new JsonArray([.. Dimensions.Select(name => (JsonNode)name)]),
        };
        if (End is { } end)
        {
            json["end_at"] = Clock.Iso(end);
        }

        if (Trigger is not null)
        {
            json["trigger_event"] = Trigger;
        }

        if (ClusterAttribute is not null)
        {
            json["cluster_attribute"] = ClusterAttribute;
        }

        if (Change is { } change)
        {
            JsonObject weights = [];
            foreach (Arm arm in Arms)
            {
                weights[arm.Id] = arm.Later;
            }

            json["weight_changes"] = new JsonArray(
                new JsonObject { ["effective_at"] = Clock.Iso(change), ["weights"] = weights });
        }

        return json;
    }

    private static JsonObject Use(Metric metric, int place)
    {
        JsonObject json = new() { ["metric_id"] = metric.Id, ["metric_role"] = place == 0 ? "primary" : "secondary" };
        if (metric.IsRanked)
        {
            json["test_method"] = "mann_whitney";
        }

        return json;
    }
}

/// <summary>Every type of metric and every option, each at least once.</summary>
internal static class Definitions
{
    private const int Week = 168;

    /// <summary>Metrics whose covariate, numerator or denominator another one names stand before it.</summary>
    public static Metric[] Metrics { get; } =
    [
        new("conversion", "proportion") { Event = "purchase", End = Week, IsRanked = true },
        new("bought_twice", "proportion") { Event = "purchase", Threshold = 2, End = Week, Delay = 24 },
        new("spent_50", "proportion")
        {
            Event = "purchase", Aggregation = "sum", Threshold = 50, End = Week, CovariateHours = 240,
        },
        new("dear_purchase", "proportion") { Event = "purchase", Aggregation = "max", Threshold = 40, End = Week },
        new("back_in_week_2", "retention") { Event = "visit", Start = Week, End = 336 },
        new("active_3_days", "retention") { Event = "visit", Threshold = 3, End = Week, CovariateHours = Week },
        new("visits", "mean") { Event = "visit", End = Week, CovariateHours = Week, IsRanked = true },
        new("revenue", "mean")
        {
            Event = "purchase", Aggregation = "sum", End = Week, CovariateHours = 336, IsRanked = true,
        },
        new("revenue_by_visits", "mean")
        {
            Event = "purchase", Aggregation = "sum", End = Week, CovariateHours = 240, Covariate = "visits",
        },
        new("load_by_visits", "mean")
        {
            Event = "page_load", Aggregation = "avg", End = Week, CovariateHours = Week, Covariate = "visits",
        },
        new("dearest", "mean") { Event = "purchase", Aggregation = "max", End = Week, IsRanked = true },
        new("cheapest", "mean") { Event = "purchase", Aggregation = "min", End = Week },
        new("average_load", "mean") { Event = "page_load", Aggregation = "avg", End = Week },
        new("loads_with_value", "mean") { Event = "page_load", Aggregation = "value_count", End = Week },
        new("products", "mean")
        {
            Event = "purchase", Aggregation = "distinct_values", DistinctAttribute = "sku", End = Week,
        },
        new("prices", "mean") { Event = "purchase", Aggregation = "distinct_values", End = Week },
        new("active_days", "mean") { Event = "visit", Aggregation = "distinct_days", Start = 24, End = Week },
        new("hours_to_purchase", "mean")
        {
            Event = "purchase", Aggregation = "first_time", Start = 1, End = Week,
        },
        new("orders", "mean") { Event = "purchase", End = Week },
        new("german_orders", "mean")
        {
            Event = "purchase", End = Week, Filters = [new("country", "equals", ["DE"])],
        },
        new("filtered_revenue", "mean")
        {
            Event = "purchase", Aggregation = "sum", End = Week,
            Filters = [new("country", "in", ["DE", "AT", "NO"]), new("price", "range", [], 5, 60)],
        },
        new("real_orders", "mean")
        {
            Event = "purchase", End = Week, Filters = [new("test", "is_null", []), new("sku", "not_null", [])],
        },
        new("small_products", "mean")
        {
            Event = "purchase", Aggregation = "distinct_values", DistinctAttribute = "sku", End = Week,
            Filters = [new("price", "range", [], null, 20)],
        },
        new("capped_revenue", "mean")
        {
            Event = "purchase", Aggregation = "sum", End = Week, CapLower = -5, CapUpper = 40, IsRanked = true,
        },
        new("winsorised_revenue", "mean")
        {
            Event = "purchase", Aggregation = "sum", End = Week, WinsorUpper = 0.99, CovariateHours = 336,
        },
        new("winsorised_of_buyers", "mean")
        {
            Event = "purchase", Aggregation = "sum", End = Week, WinsorUpper = 0.99, IsNonzero = true,
        },
        new("balance", "mean")
        {
            Event = "balance", Aggregation = "sum", End = Week, WinsorLower = 0.05, WinsorUpper = 0.95,
        },
        new("visits_raised", "mean") { Event = "visit", End = Week, WinsorLower = 0.6, WinsorUpper = 0.9 },
        new("at_least_two_visits", "mean") { Event = "visit", End = Week, CapLower = 2, CovariateHours = Week },
        new("mostly_zero", "mean") { Event = "cart_open", End = 24, WinsorUpper = 0.5 },
        new("revenue_per_visit", "ratio") { Numerator = "revenue", Denominator = "visits", CovariateHours = 240 },
        new("capped_per_order", "ratio") { Numerator = "winsorised_revenue", Denominator = "orders", Delay = 12 },
        new("german_share", "ratio") { Numerator = "german_orders", Denominator = "orders" },
        new("long_ratio", "ratio") { Numerator = "visits_336", Denominator = "orders" },
        new("visits_336", "mean") { Event = "visit", End = 336 },
        new("load_p90", "quantile") { Event = "page_load", Fraction = 0.9, End = Week },
        new("german_price_median", "quantile")
        {
            Event = "purchase", Fraction = 0.5, End = Week, Filters = [new("country", "equals", ["DE"])],
        },
        new("time_to_purchase", "time_to_event") { Event = "purchase", End = Week, Delay = 6 },
        new("time_to_cart", "time_to_event") { Event = "cart_open", IsComplete = false },
        new("time_to_visit_all", "time_to_event") { Event = "visit", End = 240, IsComplete = false },
        new("early_orders", "mean") { Event = "purchase", End = Week, Eligibility = 200 },
        new("visits_all", "mean") { Event = "visit", End = 336, IsComplete = false, CovariateHours = 100 },
        new("visits_open", "mean") { Event = "visit" },
        new("visits_before", "mean") { Event = "visit", Start = -48, End = 24 },
        new("nobody", "mean") { Event = "no_such_event", Aggregation = "sum", End = Week, WinsorUpper = 0.9 },
        new("nobody_average", "mean") { Event = "no_such_event", Aggregation = "avg", End = Week },

        // What does not wait for a window: without an end, or with maturity all.
        new("conversion_open", "proportion") { Event = "purchase" },
        new("in_credit", "proportion")
        {
            Event = "balance", Aggregation = "sum", Threshold = 20, End = 336, IsComplete = false, CovariateHours = Week,
            Covariate = "visits",
        },
        new("back_ever", "retention") { Event = "visit", Threshold = 2, Start = 24, CovariateHours = Week },
        new("revenue_open", "mean") { Event = "purchase", Aggregation = "sum", CovariateHours = 336 },
        new("capped_revenue_open", "mean") { Event = "purchase", Aggregation = "sum", CapUpper = 60 },
        new("winsorised_revenue_all", "mean")
        {
            Event = "purchase", Aggregation = "sum", End = Week, IsComplete = false, WinsorUpper = 0.95,
            CovariateHours = 240, Covariate = "at_least_two_visits",
        },
        new("balance_open", "mean") { Event = "balance", Aggregation = "sum", WinsorLower = 0.05, WinsorUpper = 0.95 },
        new("at_least_two_visits_open", "mean") { Event = "visit", CapLower = 2, CapUpper = 20, CovariateHours = Week },
        new("dearest_open", "mean") { Event = "purchase", Aggregation = "max" },
        new("cheapest_all", "mean")
        {
            Event = "purchase", Aggregation = "min", End = 336, IsComplete = false, CovariateHours = Week,
            Covariate = "visits",
        },
        new("average_load_open", "mean") { Event = "page_load", Aggregation = "avg", WinsorUpper = 0.95 },
        new("load_by_visits_open", "mean")
        {
            Event = "page_load", Aggregation = "avg", CovariateHours = Week, Covariate = "at_least_two_visits",
        },
        new("loads_with_value_open", "mean") { Event = "page_load", Aggregation = "value_count" },
        new("products_open", "mean")
        {
            Event = "purchase", Aggregation = "distinct_values", DistinctAttribute = "sku",
            Filters = [new("country", "equals", ["DE"])],
        },
        new("prices_open", "mean") { Event = "purchase", Aggregation = "distinct_values" },
        new("active_days_open", "mean") { Event = "visit", Aggregation = "distinct_days", Start = 12 },
        new("hours_to_purchase_open", "mean") { Event = "purchase", Aggregation = "first_time", Start = 1 },
        new("early_orders_open", "mean") { Event = "purchase", Eligibility = 200, CovariateHours = Week },
        new("visits_around", "mean") { Event = "visit", Start = -48, End = 24, IsComplete = false },
        new("dearest_around", "mean") { Event = "purchase", Aggregation = "max", Start = -48 },
        new("nobody_open", "mean") { Event = "no_such_event" },
        new("revenue_per_visit_open", "ratio")
        {
            Numerator = "revenue_open", Denominator = "visits_open", CovariateHours = 240,
        },
        new("capped_per_order_all", "ratio")
        {
            Numerator = "at_least_two_visits", Denominator = "orders", IsComplete = false, CovariateHours = Week,
            Covariate = "revenue_per_visit",
        },
        new("bought_per_visit_around", "ratio")
        {
            Numerator = "conversion_open", Denominator = "visits_around", IsComplete = false,
        },
        new("load_p90_open", "quantile") { Event = "page_load", Fraction = 0.9 },
    ];

    /// <summary>A metric by its id.</summary>
    public static Metric Find(string id) => Metrics.Single(metric => metric.Id == id);

    /// <summary>The four experiments.</summary>
    public static Trial[] Trials { get; } =
    [
        new("exp_main", [new("control", .5, .3), new("a", .3, .3), new("b", .2, .4)], Clock.At(0), Clock.At(28))
        {
            ExcludesMulti = true, Change = Clock.At(11.25), Dimensions = ["country", "os"], Metrics = Metrics,
            Covariates = new()
            {
                ["revenue"] = ["visits"],
                ["winsorised_revenue"] = ["visits", "at_least_two_visits", "active_3_days"],
                ["load_by_visits"] = ["visits_all", "winsorised_revenue_all"],
                ["bought_twice"] = ["winsorised_revenue"],
                ["early_orders_open"] = ["revenue_open"],
                ["nobody"] = ["visits"],
            },
        },
        new("exp_trigger", [new("old", .5, 0), new("new", .5, 0)], Clock.At(0), null)
        {
            Mode = "exposed", Modes = "exposed", Trigger = "cart_open", Dimensions = ["country"], Metrics = Metrics,
            Covariates = new()
            {
                ["visits"] = ["winsorised_revenue"],
                ["dearest_open"] = ["revenue", "spent_50", "at_least_two_visits", "back_ever"],
            },
        },
        new("exp_cluster", [new("control", .25, .5), new("x", .35, .25), new("y", .4, .25)], Clock.At(0), Clock.At(28))
        {
            ClusterAttribute = "account", Change = Clock.At(14), Dimensions = ["country"],
            Metrics =
            [
                .. Metrics.Where(metric => metric.Type != "time_to_event"),
            ],
        },
        new("exp_itt", [new("off", .6, 0), new("on", .4, 0)], Clock.At(3), Clock.At(21))
        {
            Modes = "itt", Metrics = Metrics,
            Covariates = new()
            {
                ["at_least_two_visits"] = ["winsorised_revenue_all"],
                ["back_in_week_2"] = ["visits", "revenue", "active_3_days"],
                ["visits_raised"] = ["in_credit"],
            },
        },
    ];

    /// <summary>The catalog file.</summary>
    public static string ToJson() => new JsonObject
    {
        ["dimensions"] = new JsonArray(
            new JsonObject { ["dimension_id"] = "country" },
            new JsonObject { ["dimension_id"] = "os", ["attribute"] = "platform" }),
        ["metrics"] = new JsonArray([.. Metrics.Select(metric => (JsonNode)metric.ToJson())]),
        ["experiments"] = new JsonArray([.. Trials.Select(trial => (JsonNode)trial.ToJson())]),
    }.ToJsonString();
}

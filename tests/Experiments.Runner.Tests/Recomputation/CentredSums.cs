namespace Experiments.Runner.Tests.Recomputation;

/// <summary>The constants that the sums of a metric are centred at.</summary>
internal readonly record struct Centers(double Y, double? D, double? X, double? W);

/// <summary>A value that sums gain (+1), or one that they held before and lose (-1).</summary>
internal readonly record struct Term(UnitValue Value, int Sign);

/// <summary>The counts and sums of units' values that aggregates have, by the whole and by the day.</summary>
internal static class CentredSums
{
    public static Dictionary<string, Cell> Of(Trial trial, Metric metric, Centers centers, IReadOnlyList<Term> terms)
    {
        (double k, double? kd, double? kx, double? kw) = (centers.Y, centers.D, centers.X, centers.W);
        bool isRate = metric.Type is "proportion" or "retention" && trial.ClusterAttribute is null;
        bool hasD = metric.Type is "ratio" or "quantile" || trial.ClusterAttribute is not null;
        bool hasX = metric.CovariateHours is not null;
        bool hasW = hasX && metric.Type == "ratio";
        return new()
        {
            ["n_units"] = new(Count(_ => true)),
            ["success_count"] = new(isRate ? Count(value => value.Y == 1) : null),
            ["center_value"] = new(k),
            ["sum_centered"] = Products(true, value => value.Y - k),
            ["sum_centered_sq"] = Products(true, value => value.Y - k, value => value.Y - k),
            ["sum_centered_cube"] = Products(true, value => value.Y - k, value => value.Y - k, value => value.Y - k),
            ["center_d"] = new(kd),
            ["center_x"] = new(kx),
            ["center_w"] = new(kw),
            ["sum_d"] = Products(hasD, value => value.D - kd),
            ["sum_dd"] = Products(hasD, value => value.D - kd, value => value.D - kd),
            ["sum_yd"] = Products(hasD, value => value.Y - k, value => value.D - kd),
            ["sum_x"] = Products(hasX, value => value.X - kx),
            ["sum_xx"] = Products(hasX, value => value.X - kx, value => value.X - kx),
            ["sum_yx"] = Products(hasX, value => value.Y - k, value => value.X - kx),
            ["sum_dx"] = Products(hasD && hasX, value => value.D - kd, value => value.X - kx),
            ["sum_w"] = Products(hasW, value => value.W - kw),
            ["sum_ww"] = Products(hasW, value => value.W - kw, value => value.W - kw),
            ["sum_yw"] = Products(hasW, value => value.Y - k, value => value.W - kw),
            ["sum_dw"] = Products(hasW, value => value.D - kd, value => value.W - kw),
            ["sum_xw"] = Products(hasW, value => value.X - kx, value => value.W - kw),
            ["missing_covariate_count"] = new(hasX ? Count(value => !value.HasCovariate) : null),
        };

        long Count(Func<UnitValue, bool> isCounted) =>
            terms.Where(term => isCounted(term.Value)).Sum(term => (long)term.Sign);

        Cell Products(bool isThere, params Func<UnitValue, double?>[] factors) => isThere
            ? Total.Of(terms.Select(term =>
                factors.Aggregate((double)term.Sign, (product, factor) => product * factor(term.Value)!.Value)))
            : default;
    }
}

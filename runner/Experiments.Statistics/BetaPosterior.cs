using MathNet.Numerics;
using MathNet.Numerics.Integration;

namespace Experiments.Statistics;

/// <summary>
/// A beta distribution tabulated on the logit scale, where its density is smooth for any parameters: panels about one
/// deviation wide down to e^-200 of the mode, Gauss-Legendre inside. Right at any counts, unlike the continued fraction,
/// which takes sqrt(n) steps, and unlike three log gammas, which cancel.
/// </summary>
internal sealed class BetaPosterior
{
    private const int Depth = 20;
    private const int Order = 16;
    private static readonly GaussLegendreRule Rule = new(-1, 1, Order);

    private readonly double _a;
    private readonly double _total;
    private readonly double _mode;
    private readonly double _center;
    private readonly double[] _borders;
    private readonly double[] _below;
    private readonly double[] _above;
    private readonly double _mass;

    internal BetaPosterior(double a, double b)
    {
        _a = a;
        _total = a + b;
        _mode = a / _total;
        _center = Math.Log(a / b);
        _borders = new double[(2 * Depth) + 1];
        for (int j = 1; j <= Depth; j++)
        {
            double drop = .5 * j * j;
            _borders[Depth + j] = FindBorder(_borders[Depth + j - 1], 1, drop);
            _borders[Depth - j] = FindBorder(_borders[Depth - j + 1], -1, drop);
        }

        int panels = 2 * Depth;
        double[] panel = new double[panels];
        for (int i = 0; i < panels; i++)
        {
            panel[i] = Integral(_borders[i], _borders[i + 1]);
        }

        _below = new double[panels + 1];
        _above = new double[panels + 1];
        for (int i = 0; i < panels; i++)
        {
            _below[i + 1] = _below[i] + panel[i];
            _above[panels - 1 - i] = _above[panels - i] + panel[panels - 1 - i];
        }

        _mass = _below[panels];
    }

    internal double Mean => _mode;

    internal double Variance => _mode * (1 - _mode) / (_total + 1);

    /// <summary>The borders of the panels as logits.</summary>
    internal IEnumerable<double> Borders => _borders.Select(v => v + _center);

    /// <summary>The density of the logit.</summary>
    internal double Density(double logit) => Unnormalised(logit - _center) / _mass;

    /// <summary>P(logit ≤ x).</summary>
    internal double Cdf(double logit)
    {
        (int panel, double v) = Locate(logit);
        return panel < 0 ? 0 : panel >= 2 * Depth ? 1 : (_below[panel] + Integral(_borders[panel], v)) / _mass;
    }

    /// <summary>P(logit &gt; x).</summary>
    internal double Survival(double logit)
    {
        (int panel, double v) = Locate(logit);
        return panel < 0 ? 1 : panel >= 2 * Depth ? 0 : (_above[panel + 1] + Integral(v, _borders[panel + 1])) / _mass;
    }

    private (int Panel, double V) Locate(double logit)
    {
        double v = logit - _center;
        if (!(v > _borders[0]))
        {
            return (-1, v);
        }

        int index = Array.BinarySearch(_borders, v);
        return (index >= 0 ? index : ~index - 1, v);
    }

    /// <summary>log of density over its mode: a v - (a+b) ln(1 + m (e^v - 1)), v the logit less that of the mean.</summary>
    private double Log(double v) => v > 1
        ? (_a * v) - (_total * (v + Math.Log(_mode + ((1 - _mode) * Math.Exp(-v)))))
        : (_a * v) - (_total * SpecialFunctions.Log1p(_mode * Expm1(v)));

    private double Unnormalised(double v) => Math.Exp(Log(v));

    private double Integral(double from, double to)
    {
        double half = .5 * (to - from);
        double sum = 0;
        for (int k = 0; k < Order; k++)
        {
            sum += Rule.GetWeight(k) * Unnormalised(from + (half * (1 + Rule.GetAbscissa(k))));
        }

        return half * sum;
    }

    private double FindBorder(double from, int side, double drop)
    {
        double step = 1 / Math.Sqrt(_total * _mode * (1 - _mode));
        double near = from;
        double far = from + (side * step);
        while (Log(far) > -drop)
        {
            near = far;
            step *= 2;
            far += side * step;
        }

        for (int i = 0; i < 40; i++)
        {
            double middle = .5 * (near + far);
            (near, far) = Log(middle) > -drop ? (middle, far) : (near, middle);
        }

        return far;
    }

    private static double Expm1(double x) =>
        Math.Abs(x) < 1e-5 ? x * (1 + (x / 2 * (1 + (x / 3)))) : Math.Exp(x) - 1;
}

using MathNet.Numerics.Integration;

namespace Experiments.Statistics;

/// <summary>
/// A Brownian motion looked at now and then and stopped at bounds: the recursive integration of its sub-density
/// (Armitage, McPherson, Rowe 1969; Jennison and Turnbull 2000, chapter 19). Information t is variance; at information t
/// the statistic Z is the position over sqrt(t), with mean drift sqrt(t).
/// </summary>
internal sealed class ScoreProcess(double drift = 0)
{
    private const int Order = 10;
    private const int MostPanels = 1200;
    private const double Reach = 12;
    private static readonly GaussLegendreRule Rule = new(-1, 1, Order);

    private double[] _position = [0];
    private double[] _mass = [1];
    private double _information;

    /// <summary>P(not stopped before this look, Z &gt; z).</summary>
    internal double Above(double information, double z) => Beyond(information, z, 1);

    /// <summary>P(not stopped before this look, Z &lt; z).</summary>
    internal double Below(double information, double z) => Beyond(information, z, -1);

    /// <summary>Goes on from this look where Z is between the bounds.</summary>
    /// <param name="information">This look's information, above the one before.</param>
    /// <param name="lower">The lower bound of Z; minus infinity for none.</param>
    /// <param name="upper">The upper bound of Z; infinity for none.</param>
    /// <param name="next">The next look's information, or this one's where there is none.</param>
    internal void Continue(double information, double lower, double upper, double next)
    {
        double root = Math.Sqrt(information);
        double center = drift * information;
        double low = Math.Max(lower * root, center - (Reach * root));
        double high = Math.Min(upper * root, center + (Reach * root));
        double step = Math.Sqrt(information - _information);
        double finest = next > information ? Math.Min(step, Math.Sqrt(next - information)) : step;
        if (!(high > low))
        {
            (_position, _mass, _information) = ([], [], information);
            return;
        }

        int panels = (int)Math.Clamp(Math.Ceiling((high - low) / (1.5 * finest)), 4, MostPanels);
        double width = (high - low) / panels;
        double[] position = new double[panels * Order];
        double[] mass = new double[panels * Order];
        double shift = drift * (information - _information);
        double scale = 1 / (step * Math.Sqrt(2 * Math.PI));
        for (int panel = 0; panel < panels; panel++)
        {
            for (int k = 0; k < Order; k++)
            {
                double x = low + (width * (panel + (.5 * (1 + Rule.GetAbscissa(k)))));
                double density = 0;
                for (int i = 0; i < _position.Length; i++)
                {
                    double z = (x - _position[i] - shift) / step;
                    density += z * z < 1400 ? _mass[i] * Math.Exp(-.5 * z * z) : 0;
                }

                position[(panel * Order) + k] = x;
                mass[(panel * Order) + k] = .5 * width * Rule.GetWeight(k) * density * scale;
            }
        }

        (_position, _mass, _information) = (position, mass, information);
    }

    private double Beyond(double information, double z, int side)
    {
        double step = Math.Sqrt(information - _information);
        double shift = drift * (information - _information);
        double bound = z * Math.Sqrt(information);
        double sum = 0;
        for (int i = 0; i < _position.Length; i++)
        {
            sum += _mass[i] * Tails.NormalSurvival(side * (bound - _position[i] - shift) / step);
        }

        return sum;
    }
}

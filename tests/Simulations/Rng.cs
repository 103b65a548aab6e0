using System.Numerics;
using MathNet.Numerics;

namespace Experiments.Simulations;

/// <summary>
/// Random draws: xoshiro256** (Blackman and Vigna 2021) seeded by splitmix64. The same seed gives the same draws on every
/// machine and with any number of threads.
/// </summary>
internal sealed class Rng
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;
    private double _spare = double.NaN;

    internal Rng(ulong seed)
    {
        ulong state = seed;
        (_a, _b, _c, _d) = (Next(ref state), Next(ref state), Next(ref state), Next(ref state));

        static ulong Next(ref ulong state)
        {
            ulong z = state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Uniform inside (0, 1).</summary>
    internal double Uniform()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return ((result >> 11) + .5) * (1.0 / (1UL << 53));
    }

    /// <summary>Standard normal, by Marsaglia's polar method.</summary>
    internal double Normal()
    {
        if (!double.IsNaN(_spare))
        {
            double spare = _spare;
            _spare = double.NaN;
            return spare;
        }

        while (true)
        {
            double u = (2 * Uniform()) - 1;
            double v = (2 * Uniform()) - 1;
            double s = (u * u) + (v * v);
            if (s < 1 && s > 0)
            {
                double factor = Math.Sqrt(-2 * Math.Log(s) / s);
                _spare = v * factor;
                return u * factor;
            }
        }
    }

    /// <summary>Gamma with unit scale, by Marsaglia and Tsang 2000; the shape is at least 1/2.</summary>
    internal double Gamma(double shape)
    {
        if (shape < 1)
        {
            return Gamma(shape + 1) * Math.Pow(Uniform(), 1 / shape);
        }

        double d = shape - (1 / 3.0);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = Normal();
            double v = 1 + (c * x);
            if (v <= 0)
            {
                continue;
            }

            v = v * v * v;
            if (Math.Log(Uniform()) < (.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
            {
                return d * v;
            }
        }
    }

    /// <summary>Chi-square.</summary>
    internal double ChiSquare(double degrees) => 2 * Gamma(.5 * degrees);

    /// <summary>Binomial: by inversion where few are expected, else by transformed rejection (Hörmann 1993, BTRS).</summary>
    internal long Binomial(long n, double p)
    {
        if (n == 0 || p <= 0)
        {
            return 0;
        }

        if (p >= 1)
        {
            return n;
        }

        if (p > .5)
        {
            return n - Binomial(n, 1 - p);
        }

        return n * p < 12 ? ByInversion(n, p) : ByRejection(n, p);
    }

    private long ByInversion(long n, double p)
    {
        double odds = p / (1 - p);
        double mass = Math.Exp(n * SpecialFunctions.Log1p(-p));
        double u = Uniform();
        long k = 0;
        while (u > mass && k < n && mass > 0)
        {
            u -= mass;
            mass *= odds * (n - k) / (k + 1);
            k++;
        }

        return k;
    }

    private long ByRejection(long n, double p)
    {
        double odds = p / (1 - p);
        double deviation = Math.Sqrt(n * p * (1 - p));
        double b = 1.15 + (2.53 * deviation);
        double a = -.0873 + (.0248 * b) + (.01 * p);
        double c = (n * p) + .5;
        double vr = .92 - (4.2 / b);
        double alpha = (2.83 + (5.1 / b)) * deviation;
        double mode = Math.Floor((n + 1) * p);
        while (true)
        {
            double u = Uniform() - .5;
            double v = Uniform();
            double us = .5 - Math.Abs(u);
            double k = Math.Floor((((2 * a / us) + b) * u) + c);
            if (us >= .07 && v <= vr)
            {
                return (long)k;
            }

            if (k < 0 || k > n)
            {
                continue;
            }

            v = Math.Log(v * alpha / ((a / (us * us)) + b));
            double bound = ((mode + .5) * Math.Log((mode + 1) / (odds * (n - mode + 1))))
                + ((n + 1) * Math.Log((n - mode + 1) / (n - k + 1)))
                + ((k + .5) * Math.Log(odds * (n - k + 1) / (k + 1)))
                + Rest(mode) + Rest(n - mode) - Rest(k) - Rest(n - k);
            if (v <= bound)
            {
                return (long)k;
            }
        }
    }

    /// <summary>ln k! - [ln sqrt(2π) + (k + 1/2) ln(k + 1) - (k + 1)].</summary>
    private static double Rest(double k)
    {
        if (k < 10)
        {
            return SpecialFunctions.GammaLn(k + 1)
                - ((.5 * Math.Log(2 * Math.PI)) + ((k + .5) * Math.Log(k + 1)) - (k + 1));
        }

        double x = k + 1;
        double r = 1 / (x * x);
        return ((1 / 12.0) - (((1 / 360.0) - (r / 1260)) * r)) / x;
    }
}

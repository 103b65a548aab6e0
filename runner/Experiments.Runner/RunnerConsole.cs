namespace Experiments.Runner;

/// <summary>Where results (output) and everything said about the work (error) go.</summary>
/// <param name="Output">Results only.</param>
/// <param name="Error">Progress, logs and errors.</param>
/// <param name="OutputIsTerminal">Whether a person watches the results; else they are plain text.</param>
/// <param name="ErrorIsTerminal">Whether a person watches the progress; else it is plain lines.</param>
/// <param name="Width">The columns of a line.</param>
internal sealed record RunnerConsole(
    TextWriter Output, TextWriter Error, bool OutputIsTerminal, bool ErrorIsTerminal, int Width)
{
    /// <summary>The width of a table where nobody says otherwise.</summary>
    public const int DefaultWidth = 120;

    /// <summary>The console of this process.</summary>
    public static RunnerConsole OfProcess()
    {
        int width = DefaultWidth;
        if (!Console.IsOutputRedirected && Console.WindowWidth > 40)
        {
            width = Console.WindowWidth;
        }

        // A terminal that cannot draw, or whose owner wants no colours (no-color.org), is written to as a file is.
        bool draws = Environment.GetEnvironmentVariable("TERM") != "dumb"
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new RunnerConsole(
            Console.Out,
            Console.Error,
            draws && !Console.IsOutputRedirected,
            draws && !Console.IsErrorRedirected,
            width);
    }

    /// <summary>One line of log.</summary>
    public void Log(string line) => Error.WriteLine(line);
}

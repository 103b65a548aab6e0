using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Experiments.Runner.Output;

/// <summary>How far a piece of work is.</summary>
/// <param name="Fraction">Between 0 and 1; null where it is not known.</param>
/// <param name="Detail">A few words, such as a count of rows.</param>
internal readonly record struct ProgressStep(double? Fraction, string? Detail);

/// <summary>
/// Long work on stderr: a bar or a spinner on a terminal, otherwise one plain line when a piece is done.
/// </summary>
internal sealed class WorkProgress(RunnerConsole console)
{
    /// <summary>Runs a piece of work that cannot say how far it is.</summary>
    public Task RunAsync(string title, Func<Task> work) =>
        RunAsync(
            title,
            async _ =>
            {
                await work().ConfigureAwait(false);
                return 0;
            },
            _ => null);

    /// <summary>Runs a piece of work that says how far it is.</summary>
    /// <param name="title">What it does.</param>
    /// <param name="work">The work; it reports steps.</param>
    /// <param name="summarize">A few words on what it did, or null.</param>
    public async Task<T> RunAsync<T>(
        string title, Func<IProgress<ProgressStep>, Task<T>> work, Func<T, string?> summarize)
    {
        long start = Stopwatch.GetTimestamp();
        T result;
        if (console.ErrorIsTerminal)
        {
            result = await RunOnTerminalAsync(title, work).ConfigureAwait(false);
        }
        else
        {
            result = await work(new Silent()).ConfigureAwait(false);
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        string summary = summarize(result) is { } text ? $": {text}" : string.Empty;
        console.Log(string.Create(CultureInfo.InvariantCulture, $"{title}{summary} ({seconds:0.0} s)"));
        return result;
    }

    private async Task<T> RunOnTerminalAsync<T>(string title, Func<IProgress<ProgressStep>, Task<T>> work)
    {
        IAnsiConsole ansi = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(console.Error) });
        return await ansi.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title));
                task.IsIndeterminate = true;
                return await work(new Bar(task, title)).ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    private sealed class Silent : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value)
        {
        }
    }

    private sealed class Bar(ProgressTask task, string title) : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value)
        {
            if (value.Fraction is { } fraction)
            {
                task.IsIndeterminate = false;
                task.Value = Math.Clamp(fraction, 0, 1) * task.MaxValue;
            }

            if (value.Detail is { } detail)
            {
                task.Description = Markup.Escape($"{title}: {detail}");
            }
        }
    }
}

using System.Diagnostics;

namespace Experiments.Runner.Tests;

/// <summary>The runner as a process of its own, in a working directory.</summary>
internal static class RunnerProcess
{
    /// <summary>Starts it; its streams are redirected.</summary>
    public static Process Start(string directory, params string[] args)
    {
        ProcessStartInfo start = new(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("EXPERIMENTS_CONNECTION");
        start.ArgumentList.Add(typeof(RunnerApp).Assembly.Location);
        foreach (string arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        return Process.Start(start) ?? throw new InvalidOperationException("The process did not start.");
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<RunnerResult> RunAsync(string directory, params string[] args)
    {
        using Process process = Start(directory, args);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new RunnerResult(process.ExitCode, await output, await error);
    }

    /// <summary>Reads its output until a line holds a text.</summary>
    public static async Task WaitForOutputAsync(Process process, string text)
    {
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        throw new InvalidOperationException(
            "The process ended: " + await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
    }
}

using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Experiments.Mutations;

/// <summary>How a process ended, and all it printed; no exit code where it took too long and was ended.</summary>
internal sealed record ProcessResult(int? ExitCode, string Output, TimeSpan Elapsed);

/// <summary>Runs dotnet to its end.</summary>
internal static class ChildProcess
{
    internal static async Task<ProcessResult> DotnetAsync(
        string folder, IEnumerable<string> arguments, TimeSpan limit, CancellationToken stop)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };

        // A server would run the cases too, untouched by the mutation.
        start.Environment.Remove("EXPERIMENTS_TEST_SQLSERVER");
        var clock = Stopwatch.StartNew();
        var output = new StringBuilder();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => Append(e.Data);
        process.ErrorDataReceived += (_, e) => Append(e.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new MutationException("dotnet does not start: " + e.Message);
        }

        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timer.CancelAfter(limit);
        try
        {
            await process.WaitForExitAsync(timer.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            stop.ThrowIfCancellationRequested();
            return new ProcessResult(null, Text(), clock.Elapsed);
        }

        return new ProcessResult(process.ExitCode, Text(), clock.Elapsed);

        void Append(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }

        string Text()
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }
}

namespace Experiments.Runner.Tests;

/// <summary>What one command line did.</summary>
internal sealed record RunnerResult(int ExitCode, string Output, string Error)
{
    /// <summary>The sentence after "error: ".</summary>
    public string ErrorSentence =>
        Error.Split('\n').FirstOrDefault(line => line.StartsWith("error: ", StringComparison.Ordinal))?[7..].TrimEnd()
        ?? string.Empty;
}

/// <summary>Runs command lines in this process, with writers in the place of a console.</summary>
internal static class RunnerHarness
{
    /// <summary>Runs one command line without any environment variable.</summary>
    public static Task<RunnerResult> RunAsync(params string[] args) => RunWithAsync(_ => null, args);

    /// <summary>Runs one command line.</summary>
    public static async Task<RunnerResult> RunWithAsync(Func<string, string?> environment, params string[] args)
    {
        using StringWriter output = new() { NewLine = "\n" };
        using StringWriter error = new() { NewLine = "\n" };
        RunnerApp app = new(
            new RunnerConsole(output, error, false, false, RunnerConsole.DefaultWidth),
            environment,
            Path.Combine(AppContext.BaseDirectory, "sql"));
        int code = await app.InvokeAsync(args, TestContext.Current.CancellationToken);
        return new RunnerResult(code, output.ToString(), error.ToString());
    }
}

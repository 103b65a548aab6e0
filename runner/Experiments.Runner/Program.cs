using Experiments.Runner;

RunnerApp app = new(
    RunnerConsole.OfProcess(),
    Environment.GetEnvironmentVariable,
    Path.Combine(AppContext.BaseDirectory, "sql"));
return await app.InvokeAsync(args, CancellationToken.None).ConfigureAwait(false);

using System.Text;
using Experiments.Runner;

// Tables are drawn with lines that not every code page has.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
RunnerApp app = new(
    RunnerConsole.OfProcess(),
    Environment.GetEnvironmentVariable,
    Path.Combine(AppContext.BaseDirectory, "sql"));
return await app.InvokeAsync(args, CancellationToken.None).ConfigureAwait(false);

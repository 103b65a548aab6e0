using System.Runtime.InteropServices;
using Experiments.Mutations;

// Plants one bug at a time, in the translator or the statistics, and demands that the suites turn red:
// dotnet run --project tests/Mutations -- [--only name]… [--suite name] [--list] [--count]
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    var options = Options.Parse(args);
    var root = WorkingCopy.FindRoot(AppContext.BaseDirectory);
    var mutations = options.Select(MutationTable.Load(root));
    if (options.IsList)
    {
        ResultTable.List(mutations, Console.Out);
        return ExitCodes.Killed;
    }

    return await MutationCheck.RunAsync(root, mutations, options.IsCount, Console.Out, stop.Token);
}
catch (MutationException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return ExitCodes.Failed;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("Stopped; the temporary folder is removed.");
    return ExitCodes.Stopped;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

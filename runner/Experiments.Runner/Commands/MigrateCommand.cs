using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using Experiments.Connections;
using Experiments.Migrations;
using Experiments.Runner.Analysis;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>Deploys the scripts.</summary>
internal sealed class MigrateCommand : Command, IHasExamples
{
    private readonly CommandServices _services;

    private readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "Print what would be done, and do nothing.",
    };

    private readonly Option<string?> _script = new("--script")
    {
        Description = "Write what would be done as one sqlcmd file, and do nothing.",
        HelpName = "FILE",
    };

    public MigrateCommand(CommandServices services)
        : base("migrate", "Bring the database to this version: numbered scripts once, definitions when they changed.")
    {
        _services = services;
        Add(_dryRun);
        Add(_script);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
        ["runner migrate", "runner migrate --dry-run", "runner migrate --script deploy.sql"];

    /// <summary>Plans and applies, with one line a script on stderr unless quiet.</summary>
    public static async Task ApplyAsync(
        CommandServices services,
        DbConnection connection,
        DatabaseEngine engine,
        bool quiet,
        CancellationToken cancellationToken)
    {
        ScriptFolder scripts = ScriptFolder.Load(services.MigrationsDirectory, services.DefinitionsDirectory);
        Deployer deployer = new(scripts, connection, engine);
        DeploymentPlan plan = await deployer.PlanAsync(cancellationToken).ConfigureAwait(false);
        DeploymentResult result = await deployer.ApplyAsync(
            plan, quiet ? null : new Reporter(services.Console), cancellationToken).ConfigureAwait(false);
        if (result.Steps.Any(static step => step.Script.Name.StartsWith("database/marts/", StringComparison.Ordinal)))
        {
            // The marts hold what the procedures before these ones made.
            await new RefreshService(connection, new WorkProgress(services.Console))
                .ForgetAsync(null, cancellationToken).ConfigureAwait(false);
        }

        services.Console.Log(result.Steps.Count == 0
            ? "  The database is up to date."
            : string.Create(CultureInfo.InvariantCulture, $"  {result.Steps.Count} scripts applied."));
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        ConnectionTarget target = _services.Target(parse);
        string? file = parse.GetValue(_script);
        bool isPlanOnly = file is not null || parse.GetValue(_dryRun);
        if (isPlanOnly && CommandServices.LocalFile(target) is { } database && !File.Exists(database))
        {
            // The plan of a file that is not there is that of an empty database, and makes no file.
            target = ConnectionTargets.Resolve(null, "Engine=local;Data Source=:memory:");
        }

        DbConnection connection =
            await CommandServices.OpenAsync(target, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (!isPlanOnly)
            {
                await ApplyAsync(_services, connection, target.Engine, quiet: false, cancellationToken)
                    .ConfigureAwait(false);
                return (int)ExitCode.Done;
            }

            ScriptFolder scripts = ScriptFolder.Load(_services.MigrationsDirectory, _services.DefinitionsDirectory);
            Deployer deployer = new(scripts, connection, target.Engine);
            DeploymentPlan plan = await deployer.PlanAsync(cancellationToken).ConfigureAwait(false);
            if (file is null)
            {
                plan.WriteTo(_services.Console.Output);
                return (int)ExitCode.Done;
            }

            using StreamWriter writer = new(file) { NewLine = "\n" };
            await deployer.ExportAsync(writer, plan, cancellationToken).ConfigureAwait(false);
            _services.Console.Log($"Wrote {file}; run it with sqlcmd -b -x -I.");
            return (int)ExitCode.Done;
        }
    }

    private sealed class Reporter(RunnerConsole console) : IProgress<DeploymentStep>
    {
        public void Report(DeploymentStep value)
        {
            string time = value.Duration is { } duration
                ? string.Create(CultureInfo.InvariantCulture, $" ({duration.TotalMilliseconds:0} ms)")
                : string.Empty;
            console.Log($"  {value.Script.Name}{time}");
        }
    }
}

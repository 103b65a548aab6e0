using System.Diagnostics;
using System.Globalization;
using Experiments.Simulations;

// Error rates by simulation: dotnet run -c Release --project tests/Simulations -- [--quick] [--only TEXT] [--markdown FILE]
// Real streams: dotnet run -c Release --project tests/Simulations -- --asos FILE
// Exit codes: 0 every criterion is met, 1 one is not, 2 wrong usage.
bool isQuick = false;
string? only = null;
string? markdown = null;
ulong seed = 20240817;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--quick":
            isQuick = true;
            break;
        case "--only" when i + 1 < args.Length:
            only = args[++i];
            break;
        case "--markdown" when i + 1 < args.Length:
            markdown = args[++i];
            break;
        case "--asos" when i + 1 < args.Length && File.Exists(args[i + 1]):
            foreach (string line in AsosStreams.Read(args[i + 1]).Lines())
            {
                Console.WriteLine(line);
            }

            return 0;
        case "--seed" when i + 1 < args.Length && ulong.TryParse(args[i + 1], CultureInfo.InvariantCulture, out seed):
            i++;
            break;
        default:
            Console.Error.WriteLine("error: use [--quick] [--only TEXT] [--seed NUMBER] [--markdown FILE], or --asos FILE of the ASOS set.");
            return 2;
    }
}

Stopwatch clock = Stopwatch.StartNew();
List<Finding> findings = [];
string? setting = null;
foreach (Study study in Studies.All())
{
    if (only is not null && !$"{study.Group} {study.Setting}".Contains(only, StringComparison.OrdinalIgnoreCase))
    {
        continue;
    }

    if (setting != study.Setting)
    {
        Console.WriteLine($"     {study.Group}: {study.Setting}");
        setting = study.Setting;
    }

    foreach (Finding finding in StudyRunner.Run(study, isQuick ? Studies.QuickRuns : Studies.FullRuns, Studies.Seed(study, seed)))
    {
        findings.Add(finding);
        Console.WriteLine(Report.Line(finding));
    }
}

int failed = findings.Count(static finding => !finding.Passed);
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{findings.Count} rates, {failed} failed, {findings.Count(static f => f.IsRedrawn)} redrawn, {clock.Elapsed.TotalSeconds:0} s."));
if (markdown is not null)
{
    File.WriteAllText(markdown, Report.Markdown(findings, clock.Elapsed.TotalSeconds, isQuick));
}

return findings.Count == 0 ? 2 : failed > 0 ? 1 : 0;

namespace Experiments.Mutations;

/// <summary>
/// A copy of the engine and the suites in a temporary folder, where bugs are planted; the repository stays as it is.
/// </summary>
internal sealed class WorkingCopy : IDisposable
{
    private const string Output = "bin/Debug/net10.0";

    private static readonly string[] Files =
    [
        "Experiments.sln", "global.json",
        "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props",
    ];

    private static readonly string[] Folders = ["runner", "database", "migrations", "tests/tsqlt"];

    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(10);

    // What a mutation leaves unused is no fault of it; the repository's own build has looked at style.
    private static readonly string[] Properties =
    [
        "--nologo", "--verbosity", "quiet", "-nodeReuse:false",
        "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false", "-p:TreatWarningsAsErrors=false",
    ];

    private readonly string _root;
    private readonly Dictionary<string, byte[]> _sound = new(StringComparer.Ordinal);

    private WorkingCopy(string root) => _root = root;

    /// <summary>The folder above that holds the solution.</summary>
    internal static string FindRoot(string start)
    {
        var folder = new DirectoryInfo(start);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, Files[0])))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new MutationException($"No folder above {start} has {Files[0]}.");
    }

    internal static string SourceOf(string root, Mutation mutation) =>
        Path.Combine(root, "runner", mutation.First.Engine, mutation.File);

    internal static string CasesOf(string root, Mutation mutation) =>
        Path.Combine(root, "tests", Suite.Behaviour.Project, "Cases", mutation.Cases + ".test");

    /// <summary>Copies what the suites need; ends with nothing built yet.</summary>
    internal static WorkingCopy Of(string root, IEnumerable<Suite> suites)
    {
        var copy = new WorkingCopy(Directory.CreateTempSubdirectory("experiments-mutations-").FullName);
        try
        {
            foreach (var file in Files)
            {
                File.Copy(Path.Combine(root, file), Path.Combine(copy._root, file));
            }

            foreach (var folder in Folders.Concat(suites.Select(static s => "tests/" + s.Project).Distinct()))
            {
                CopyFolder(Path.Combine(root, folder), Path.Combine(copy._root, folder));
            }

            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>Builds the suites, with the engine as it is.</summary>
    internal async Task BuildAsync(IEnumerable<Suite> suites, CancellationToken stop)
    {
        foreach (var suite in suites)
        {
            var built = await ChildProcess.DotnetAsync(
                _root, ["build", "tests/" + suite.Project, .. Properties, .. Speed(suite.Engine)], BuildLimit, stop);
            if (built.ExitCode != 0)
            {
                throw new MutationException($"{suite.Project} does not build:\n{built.Output}");
            }
        }

        foreach (var engine in suites.Select(static s => s.Engine).Distinct())
        {
            _sound[engine] = await File.ReadAllBytesAsync(PathOf(engine), stop);
        }
    }

    /// <summary>
    /// Plants a bug, builds the engine alone and puts it beside the suites; the source is sound again afterwards. The
    /// first error of the compiler where it does not build, null where it does.
    /// </summary>
    internal async Task<string?> PlantAsync(Mutation mutation, IEnumerable<Suite> suites, CancellationToken stop)
    {
        var engine = mutation.First.Engine;
        var path = SourceOf(_root, mutation);
        var sound = await File.ReadAllTextAsync(path, stop);
        await File.WriteAllTextAsync(path, mutation.Plant(sound), stop);
        try
        {
            var built = await ChildProcess.DotnetAsync(
                _root,
                ["build", "runner/" + engine, "--no-restore", "--no-dependencies", .. Properties, .. Speed(engine)],
                BuildLimit,
                stop);
            if (built.ExitCode != 0)
            {
                return FirstError(built.Output);
            }
        }
        finally
        {
            await File.WriteAllTextAsync(path, sound, CancellationToken.None);
        }

        // Builds are deterministic: the same file is the same program.
        if ((await File.ReadAllBytesAsync(PathOf(engine), stop)).AsSpan().SequenceEqual(_sound[engine]))
        {
            return "it changes nothing of the program";
        }

        foreach (var suite in suites.Where(s => s.Engine == engine))
        {
            File.Copy(PathOf(engine), Path.Combine(Folder(suite), engine + ".dll"), overwrite: true);
        }

        return null;
    }

    private string PathOf(string engine) => Path.Combine(_root, "runner", engine, Output, engine + ".dll");

    /// <summary>Studies draw millions of times: the compiler's optimisation is worth having.</summary>
    private static string[] Speed(string engine) => engine == Suite.Studies.Engine ? ["-p:Optimize=true"] : [];

    /// <summary>The folder of a suite's program.</summary>
    internal string Folder(Suite suite) => Path.Combine(_root, "tests", suite.Project, Output);

    public void Dispose()
    {
        try
        {
            Directory.Delete(_root, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{_root} stays behind: {e.Message}");
        }
    }

    private static string FirstError(string output)
    {
        var line = output.Split('\n').FirstOrDefault(static l => l.Contains(": error ", StringComparison.Ordinal));
        return line is null
            ? "the build fails"
            : line[(line.IndexOf(": error ", StringComparison.Ordinal) + 2)..].Trim();
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            if (Path.GetFileName(folder) is not ("bin" or "obj" or "TestResults") and var name)
            {
                CopyFolder(folder, Path.Combine(to, name));
            }
        }
    }
}

namespace Experiments.Lint.Tests;

/// <summary>The checked-out repository: its root is the folder that holds Experiments.sln.</summary>
internal static class Repository
{
    internal static string Root { get; } = FindRoot();

    /// <summary>The lint's own folder, where Rejected and Accepted are.</summary>
    internal static string LintFolder => Path.Combine(Root, "tests", "Experiments.Lint.Tests");

    /// <summary>The files of a folder below the root, as paths from the root with slashes, in ordinal order.</summary>
    internal static IReadOnlyList<string> Files(string folder, string pattern = "*.sql")
    {
        var path = Path.Combine(Root, folder);
        return Directory.Exists(path)
            ? [.. Directory.EnumerateFiles(path, pattern, SearchOption.AllDirectories)
                .Select(static f => Path.GetRelativePath(Root, f).Replace('\\', '/')).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Every script of the product: the migrations in the order of their numbers, then the definitions.</summary>
    internal static IReadOnlyList<string> Scripts() => [.. Files("migrations"), .. Files("database")];

    internal static byte[] Read(string path) => File.ReadAllBytes(Path.Combine(Root, path));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Experiments.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("Experiments.sln is in no folder above.");
    }
}

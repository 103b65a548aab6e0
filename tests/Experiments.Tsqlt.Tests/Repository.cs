namespace Experiments.Tsqlt.Tests;

/// <summary>Where the repository's scripts and tests are.</summary>
internal static class Repository
{
    internal static string Folder(params ReadOnlySpan<string> parts) => Path.Combine([Root(), .. parts]);

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Experiments.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}

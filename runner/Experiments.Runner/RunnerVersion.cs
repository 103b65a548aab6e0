using System.Reflection;

namespace Experiments.Runner;

/// <summary>Which code this is.</summary>
internal static class RunnerVersion
{
    private const int StoredLength = 64;

    /// <summary>The assembly's version, with the commit where the build knows it.</summary>
    public static string Text
    {
        get
        {
            Assembly assembly = typeof(RunnerVersion).Assembly;
            string text = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
                ?? assembly.GetName().Version?.ToString() ?? "unknown";
            return text.Length > StoredLength ? text[..StoredLength] : text;
        }
    }
}

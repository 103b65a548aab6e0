using Experiments.LocalSql;

namespace Experiments.Behaviour.Tests;

/// <summary>The cases on the local engine, each in a fresh database in memory with its constraints enforced.</summary>
public sealed class LocalBehaviourTests : BehaviourTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases() => CaseFile.ReadFolder(Folder).Select(Named);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_local_engine_means_what_the_server_means(string file, string name)
    {
        var item = Find(file, name);
        using var connection = new LocalSqlConnection("Data Source=:memory:;Constraints=on;Threads=1");
        connection.Open();
        var differences = Differences(item, new BehaviourSession(connection).Run(item));
        if (item.Pending is not null)
        {
            Assert.False(differences.Length == 0, $"{item} passes: remove 'pending {item.Pending}'.");
            Assert.Skip("pending: " + item.Pending);
        }

        Assert.True(differences.Length == 0, Failure(item, differences));
    }
}

using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Tells benchmarks apart that a harness gives the same name and different parameters: "sort [size=1000, text=a b]". A name that
/// stands for one set of parameters stays as it is, so that the history of a benchmark goes on when it gets its first parameter.
/// </summary>
internal sealed class Twins
{
    private readonly Dictionary<string, Group> groups = [];

    /// <summary>Notes that a benchmark has been seen with these parameters.</summary>
    public void Add(string name, IReadOnlyList<(string Key, string Value)> parameters)
    {
        if (!groups.TryGetValue(name, out var group)) groups.Add(name, group = new(parameters));
        group.Add(parameters);
    }

    /// <summary>The name of a benchmark among all that were added; null where with its parameters it is too long.</summary>
    public BenchmarkName? NameOf(string name, IReadOnlyList<(string Key, string Value)> parameters)
    {
        if (!groups.TryGetValue(name, out var group) || group.Differing.Count == 0) return Found.Name(name);
        var shown = parameters.Where(p => group.Differing.Contains(p.Key)).Select(p => $"{p.Key}={p.Value}").ToList();
        return Found.Name(shown.Count == 0 ? name : $"{name} [{string.Join(", ", shown)}]");
    }

    private sealed class Group(IReadOnlyList<(string Key, string Value)> first)
    {
        /// <summary>The parameters that are not the same everywhere.</summary>
        public HashSet<string> Differing { get; } = [];

        public void Add(IReadOnlyList<(string Key, string Value)> parameters)
        {
            foreach (var (key, value) in parameters)
                if (Find(first, key) != value) Differing.Add(key);
            foreach (var (key, _) in first)
                if (Find(parameters, key) is null) Differing.Add(key);
        }

        private static string? Find(IReadOnlyList<(string Key, string Value)> parameters, string key)
        {
            foreach (var (one, value) in parameters)
                if (one == key) return value;
            return null;
        }
    }
}

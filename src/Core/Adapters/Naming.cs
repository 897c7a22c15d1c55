using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Finds names for benchmarks that have more to tell them apart than a name. One that stands for a single benchmark
/// stays as it is, so that the history of a benchmark goes on when it gets its first parameter; others get what differs
/// among those that share it: "sort [size=1000]", "example.com/p.BenchmarkX-8".
/// </summary>
internal sealed class Naming
{
    private readonly Dictionary<string, Group> groups = [];
    private readonly HashSet<string> taken = [];

    /// <summary>Notes a benchmark that is among the others.</summary>
    public void Add(Identity one)
    {
        if (groups.TryGetValue(one.Plain, out var group))
            group.Add(one);
        else
            groups.Add(one.Plain, new(one));
    }

    /// <summary>Keeps a name for a benchmark that has nothing else.</summary>
    public void Keep(string name) => taken.Add(name);

    /// <summary>The name that people see, and the full one where it is not the usual.</summary>
    public (NameId<BenchmarkName> Name, string? Full) NameOf(Identity one)
    {
        var group = groups[one.Plain];
        var full = group.HasDifferingCircumstance ? one.Full(group.Differing) : null;
        var name = Identity.Fitting(
            group.IsOfOne
                ? one.Plain
                : one.Text(group.PackagesDiffer, parameter => group.Differing.Contains(parameter.Key))
        );
        if (!taken.Add(name))
            name = Free(Identity.Fitting(full ?? one.Full()));
        return (NameId<BenchmarkName>.OfName(Text.Parse<BenchmarkName>(name)), full);
    }

    // Only where a harness has printed a name that looks as if it were made here.
    private string Free(string name)
    {
        var free = name;
        for (var copy = 2; !taken.Add(free); copy++)
            free = Identity.Fitting($"{name} #{copy}");
        return free;
    }

    private sealed class Group(Identity first)
    {
        private HashSet<string>? differing;

        public bool IsOfOne { get; private set; } = true;
        public bool PackagesDiffer { get; private set; }
        public bool HasDifferingCircumstance { get; private set; }

        /// <summary>The parameters that are not the same everywhere.</summary>
        public IReadOnlySet<string> Differing => differing ??= [];

        public void Add(Identity one)
        {
            IsOfOne = false;
            PackagesDiffer |= one.Package != first.Package;
            foreach (var parameter in one.Parameters)
                if (first[parameter.Key] != parameter.Value)
                    Differs(parameter);
            foreach (var parameter in first.Parameters)
                if (one[parameter.Key] is null)
                    Differs(parameter);
        }

        private void Differs(Parameter parameter)
        {
            (differing ??= []).Add(parameter.Key);
            HasDifferingCircumstance |= parameter.IsCircumstance;
        }
    }
}

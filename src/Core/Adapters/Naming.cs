using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Finds names for benchmarks that have parameters or a package. A name that only one benchmark has stays as it is, so
/// that a benchmark's history continues when it gets its first parameter. Benchmarks that share a name get the parts
/// that differ among them: "sort [size=1000]", "example.com/p.BenchmarkX-8".
/// </summary>
internal sealed class Naming
{
    private readonly Dictionary<string, Group> groups = [];
    private readonly HashSet<string> taken = [];

    /// <summary>Adds a benchmark, so that later names take it into account.</summary>
    public void Add(Identity one)
    {
        if (groups.TryGetValue(one.Plain, out var group))
            group.Add(one);
        else
            groups.Add(one.Plain, new(one));
    }

    /// <summary>Reserves a name for a benchmark that has only a name.</summary>
    public void Keep(string name) => taken.Add(name);

    /// <summary>The name that people see, and the full name if it is not the default one.</summary>
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

    // Only needed if a harness printed a name that looks like one made here.
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

        /// <summary>The keys of the parameters whose values differ.</summary>
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

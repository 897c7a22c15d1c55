using Paddock.Core.Adapters;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Core.Import;

/// <summary>Maps the numeric codes of a Bencher database to the words they stand for.</summary>
public static class BencherCodes
{
    public static Visibility VisibilityOf(long code) => code == 0 ? Visibility.Public : Visibility.Private;

    public static AlertStatus AlertStatusOf(long code) =>
        code switch
        {
            0 => AlertStatus.Active,
            1 => AlertStatus.Dismissed,
            _ => AlertStatus.Silenced,
        };

    public static BoundaryLimit LimitOf(long code) => code == 0 ? BoundaryLimit.Lower : BoundaryLimit.Upper;

    public static XAxis XAxisOf(long code) => code == 0 ? XAxis.DateTime : XAxis.Version;

    public static YAxis YAxisOf(long code) =>
        code switch
        {
            1 => YAxis.Linear,
            2 => YAxis.Log,
            _ => YAxis.Auto,
        };

    /// <summary>Null for a code that version 0.6.12 does not define.</summary>
    public static ModelTest? TestOf(long code) =>
        code switch
        {
            0 => ModelTest.TTest,
            1 => ModelTest.ZScore,
            10 => ModelTest.LogNormal,
            20 => ModelTest.Static,
            30 => ModelTest.Percentage,
            40 => ModelTest.Iqr,
            41 => ModelTest.DeltaIqr,
            _ => null,
        };

    /// <summary>
    /// An unknown code comes from a newer version, which has already read the results. It becomes Magic.
    /// </summary>
    public static Adapter AdapterOf(long code) =>
        code switch
        {
            10 => Adapter.Json,
            21 => Adapter.RustBench,
            22 => Adapter.RustCriterion,
            23 => Adapter.RustIai,
            24 => Adapter.RustGungraun,
            25 => Adapter.RustGungraunStdout,
            26 => Adapter.RustGungraunJson,
            31 => Adapter.CppGoogle,
            32 => Adapter.CppCatch2,
            41 => Adapter.GoBench,
            51 => Adapter.JavaJmh,
            61 => Adapter.CSharpDotNet,
            71 => Adapter.JsBenchmark,
            72 => Adapter.JsTime,
            73 => Adapter.JsVitest,
            81 => Adapter.PythonAsv,
            82 => Adapter.PythonPytest,
            91 => Adapter.RubyBenchmark,
            101 => Adapter.ShellHyperfine,
            111 => Adapter.DartBenchmarkHarness,
            _ => Adapter.Magic,
        };
}

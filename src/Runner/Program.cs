using System.Reflection;

// Its commands come with bare-metal runs; until then it only says which version it is.
if (args is ["--version" or "-V"])
{
    Console.WriteLine($"paddock-runner {typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]}");
    return 0;
}
Console.Error.WriteLine("usage: paddock-runner --version");
return 2;

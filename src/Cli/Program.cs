Console.Error.WriteLine("usage: paddock COMMAND");
return 2;

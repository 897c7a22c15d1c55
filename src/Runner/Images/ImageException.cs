namespace Paddock.Runner.Images;

/// <summary>An image that cannot be had or cannot be trusted, in a sentence for whoever asked for it.</summary>
/// <param name="again">Another try may succeed: the network failed, not the image.</param>
internal sealed class ImageException(string sentence, bool again = false, Exception? cause = null)
    : Exception(sentence, cause)
{
    public bool Again { get; } = again;
}

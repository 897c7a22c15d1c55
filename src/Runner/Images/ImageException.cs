namespace Paddock.Runner.Images;

/// <summary>Why an image cannot be pulled or trusted, in a sentence for the user.</summary>
/// <param name="again">True when a retry may succeed, because the network failed, not the image.</param>
internal sealed class ImageException(string sentence, bool again = false, Exception? cause = null)
    : Exception(sentence, cause)
{
    public bool Again { get; } = again;
}

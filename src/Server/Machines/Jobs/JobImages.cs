using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Registry;

namespace Paddock.Server.Machines.Jobs;

/// <summary>
/// Resolves a job's image reference to an image of the job's own project, whatever repository the reference names, and
/// gives runners access to it.
/// </summary>
internal sealed class JobImages(BaseOptions server, RegistryOptions registry, OciTokens tokens)
{
    /// <summary>The address of the registry from which runners pull.</summary>
    public string Registry { get; } = new Uri(registry.AddressOn(server)).AbsoluteUri;

    /// <summary>Signs the token with which a runner pulls a job's image.</summary>
    public string PullToken(Guid project, Guid runner) => tokens.ForRunner(project, runner);

    /// <summary>
    /// Finds the manifest's digest, which stays the same when the tag is moved. A digest in the reference is used
    /// without a lookup.
    /// </summary>
    /// <exception cref="Refusal">The image is in another registry, or the project has no image with this
    /// tag.</exception>
    public async Task<string> DigestAsync(Sql sql, ProjectRow project, ImageReference image, DateTimeOffset now)
    {
        var own = new Uri(Registry);
        if (
            image.Registry != ImageReference.DefaultRegistry
            && image.Registry != own.Host
            && image.Registry != $"{own.Host}:{own.Port}"
        )
            throw Refusal.BadInput(
                $"job.image: the registry {Text.Quote(image.Registry)} is not this server's; allowed: "
                    + $"{own.Authority}, or none"
            );
        return image.Digest
            ?? await ImageLookup.DigestAsync(sql, project.Id, image.Tag!, now)
            ?? throw Refusal.BadInput(
                $"job.image: the project \"{project.Slug}\" has no image with the tag {Text.Quote(image.Tag)}; push "
                    + $"it first, or name the image by its digest"
            );
    }
}

using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Registry;

namespace Paddock.Server.Machines.Jobs;

/// <summary>
/// Which image a job's name means: one of its project's own, whatever repository the name says. And how a runner gets
/// at it.
/// </summary>
internal sealed class JobImages(BaseOptions server, RegistryOptions registry, OciTokens tokens)
{
    /// <summary>Where runners pull from.</summary>
    public string Registry { get; } = new Uri(registry.AddressOn(server)).AbsoluteUri;

    /// <summary>What a runner pulls a job's image with.</summary>
    public string PullToken(Guid project, Guid runner) => tokens.ForRunner(project, runner);

    /// <summary>
    /// The digest of the manifest, which stays what it is when the tag is moved. One that is given is taken as it is.
    /// </summary>
    /// <exception cref="Refusal">Another registry's image, or a tag that the project does not have.</exception>
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

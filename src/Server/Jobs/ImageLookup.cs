using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Server.Database;
using Paddock.Server.Http;
using Paddock.Server.Projects;
using Paddock.Server.Users;

namespace Paddock.Server.Jobs;

/// <summary>Which image a job's name means: one of its project's own, whatever repository the name says.</summary>
internal sealed class ImageLookup(ServerOptions options, Jwt jwt)
{
    /// <summary>Where runners pull from.</summary>
    public string Registry { get; } = new Uri(options.ConsoleUrl).AbsoluteUri;

    private static readonly TimeSpan PullFor = TimeSpan.FromMinutes(10);

    /// <summary>What a runner pulls a job's image with.</summary>
    public string PullToken(Guid runner) => jwt.Sign(Audience.OciRunner, runner.ToString(), PullFor).Text;

    /// <summary>The digest of the manifest, which stays what it is when the tag is moved. One that is given is taken as it is.</summary>
    /// <exception cref="Refusal">Another registry's image, or a tag that the project does not have.</exception>
    public Task<string> DigestAsync(Sql sql, ProjectRow project, ImageReference image)
    {
        var own = new Uri(Registry);
        if (image.Registry != ImageReference.DefaultRegistry && image.Registry != own.Host && image.Registry != $"{own.Host}:{own.Port}")
            throw Refusal.BadInput($"job.image: the registry {Text.Quote(image.Registry)} is not this server's; allowed: {own.Authority}, or none");
        return image.Digest is { } digest ? Task.FromResult(digest)
            : throw Refusal.BadInput($"job.image: the project \"{project.Slug}\" has no image with the tag {Text.Quote(image.Tag)}; push it first, or name the image by its digest");
    }
}

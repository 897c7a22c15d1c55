-- CI jobs that get a credential of a project in exchange for the identity token of their service.
CREATE TABLE ci_trusts (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    service $TEXT NOT NULL, -- github, gitlab, forgejo
    issuer $TEXT NOT NULL,
    repository $TEXT NOT NULL,
    repository_id $TEXT, -- The service's own number of it, from the first exchange on.
    ref $TEXT, -- Any where absent.
    environment $TEXT, -- Any where absent.
    pull_request_target $INT NOT NULL,
    created $INT NOT NULL,
    last_used $INT
) $STRICT;
CREATE INDEX ci_trusts_by_project ON ci_trusts (project_id);

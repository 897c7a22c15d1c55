-- E-mail domains whose users join an organization when they sign in.
CREATE TABLE sso_domains (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    organization_id $INT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    domain $TEXT NOT NULL UNIQUE,
    created $INT NOT NULL
) $STRICT;
CREATE INDEX sso_domains_by_organization ON sso_domains (organization_id);

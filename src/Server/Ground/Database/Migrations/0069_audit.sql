-- Who changed what, when, from where. Nothing refers to other tables: an entry outlives what it is about.
CREATE TABLE audit (
    id $ID,
    created $INT NOT NULL,
    actor_kind $TEXT NOT NULL,
    actor $TEXT NOT NULL,
    actor_name $TEXT NOT NULL,
    key_uuid $TEXT, -- The user's key that was used, if any.
    address $TEXT NOT NULL,
    action $TEXT NOT NULL, -- Method and route.
    path $TEXT NOT NULL,
    organization_id $INT,
    project_id $INT
) $STRICT;
CREATE INDEX audit_by_organization ON audit (organization_id, id);
CREATE INDEX audit_by_time ON audit (created);

-- Addresses that are told of the changes of a project.
CREATE TABLE webhooks (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    url $TEXT NOT NULL,
    form $TEXT NOT NULL, -- signed, slack
    secret $TEXT NOT NULL, -- Signs messages, so the server has to know it.
    last_event $INT NOT NULL, -- The newest of change_events that it was told of.
    attempts $INT NOT NULL, -- How often the next one was tried.
    due $INT NOT NULL, -- When it is tried next.
    error $TEXT, -- Why the last try failed.
    created $INT NOT NULL
) $STRICT;
CREATE INDEX webhooks_by_project ON webhooks (project_id);
CREATE INDEX webhooks_by_due ON webhooks (due, id);

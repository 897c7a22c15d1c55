-- The kinds of machine that a project's reports were measured on: what affects time, as JSON.
CREATE TABLE environments (
    id $ID,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    environment $TEXT NOT NULL,
    UNIQUE (project_id, environment)
) $STRICT;

-- Not a reference: kinds go only with their project, and its reports with them.
ALTER TABLE reports ADD COLUMN environment_id $INT;

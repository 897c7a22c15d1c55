-- Names (and a project) that a long run has made before its report, slice by slice. The report's own transaction removes these rows; where it never
-- comes, they say what to remove.
CREATE TABLE names_ahead (
    id $ID,
    run $TEXT NOT NULL,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    kind $TEXT NOT NULL, -- benchmarks, measures, or project.
    row_ids $TEXT NOT NULL, -- Separated by commas.
    created $INT NOT NULL
) $STRICT;
CREATE INDEX names_ahead_by_run ON names_ahead (run);
CREATE INDEX names_ahead_by_project ON names_ahead (project_id);

-- Plots mark what was done to their project.
CREATE INDEX audit_by_project ON audit (project_id, id) WHERE project_id IS NOT NULL;

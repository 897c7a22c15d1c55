-- How many suspicions reruns or pairs have refuted, by day; older days than a project's page tells of are removed.
CREATE TABLE refuted_suspicions (
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    day $INT NOT NULL, -- Days since 1970.
    refuted $INT NOT NULL,
    PRIMARY KEY (project_id, day)
) $CLUSTERED;

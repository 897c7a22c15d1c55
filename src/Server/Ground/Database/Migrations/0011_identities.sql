-- What a benchmark is known by: the full name that its harness gives, with package, class, group and every parameter. People see benchmarks.name,
-- which stays. A benchmark that a person has renamed is known by the full name of before and by one of after.
CREATE TABLE benchmark_identities (
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    full_name $TEXT NOT NULL,
    benchmark_id $INT NOT NULL REFERENCES benchmarks (id) ON DELETE CASCADE,
    PRIMARY KEY (project_id, full_name)
) $CLUSTERED;
CREATE INDEX benchmark_identities_by_benchmark ON benchmark_identities (benchmark_id);

-- Whether the full name is known that goes with the present name. Until then the next result under that name brings it.
ALTER TABLE benchmarks ADD COLUMN bound $INT NOT NULL DEFAULT 0;

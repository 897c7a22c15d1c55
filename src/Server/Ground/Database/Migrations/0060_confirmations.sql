-- What confirming jobs are for: base and head of what a report suspects, run in turns on one machine.
CREATE TABLE confirmations (
    id $ID,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    head_id $INT NOT NULL REFERENCES heads (id) ON DELETE CASCADE,
    testbed_id $INT NOT NULL REFERENCES testbeds (id) ON DELETE CASCADE,
    spec_id $INT NOT NULL REFERENCES specs (id),
    base_report_id $INT REFERENCES reports (id) ON DELETE SET NULL,
    base_version_id $INT NOT NULL, -- Not a reference: what was found out outlives the version.
    base_digest $TEXT NOT NULL, -- Of the image's manifest.
    head_report_id $INT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    run_order $TEXT NOT NULL, -- A letter for each run, b or h, two for each pair.
    apart $INT NOT NULL, -- 1 once a runner that does not know pairs has taken the sides as jobs of their own.
    apart_uuid $TEXT NOT NULL, -- Of the second of those, with the values of its environment, encrypted.
    apart_secrets $TEXT,
    state $TEXT NOT NULL, -- open, proven, refuted, undecided, failed, canceled
    created $INT NOT NULL,
    ended $INT
) $STRICT;
CREATE INDEX confirmations_by_head ON confirmations (head_id, state);
CREATE INDEX confirmations_by_head_report ON confirmations (head_report_id);
CREATE INDEX confirmations_by_base_report ON confirmations (base_report_id);
CREATE INDEX confirmations_by_digest ON confirmations (project_id, base_digest);
CREATE INDEX confirmations_by_testbed ON confirmations (testbed_id);
CREATE INDEX confirmations_by_spec ON confirmations (spec_id);

-- What pairs measured of the series that they were to tell about, at the newest report when they were judged. Not part of
-- the series: kept so that a state which is made again from the metrics knows what pairs have shown.
CREATE TABLE pair_values (
    series_id $INT NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    report_id $INT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    apart $INT NOT NULL, -- 1 where one side came after the other.
    base_values $BLOB NOT NULL,
    head_values $BLOB NOT NULL,
    PRIMARY KEY (series_id, report_id)
) $CLUSTERED;
CREATE INDEX pair_values_by_report ON pair_values (report_id);

ALTER TABLE jobs ADD COLUMN confirmation_id $INT REFERENCES confirmations (id) ON DELETE CASCADE;
ALTER TABLE jobs ADD COLUMN side $TEXT; -- base or head, where the sides are jobs of their own.
ALTER TABLE jobs ADD COLUMN only_runner_id $INT REFERENCES runners (id); -- The one runner that may take it.
CREATE INDEX jobs_by_confirmation ON jobs (confirmation_id) WHERE confirmation_id IS NOT NULL;

-- Whether the runner said that it can run two images in turns.
ALTER TABLE runners ADD COLUMN pairs $INT NOT NULL DEFAULT 0;

ALTER TABLE verdict_settings ADD COLUMN confirming_jobs $INT NOT NULL DEFAULT 1;

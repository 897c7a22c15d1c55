-- The kind of the same machine without the harness; null where the harness is not known.
ALTER TABLE environments ADD COLUMN machine_id $INT;

-- What verdicts took for the value of a series where the metric is a mean over results of which some lack it: the mean of
-- those that have it.
CREATE TABLE mean_parts (
    series_id $INT NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    report_id $INT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    value $REAL NOT NULL,
    PRIMARY KEY (series_id, report_id)
) $CLUSTERED;
CREATE INDEX mean_parts_by_report ON mean_parts (report_id);

-- Whether the project has set its budget of alarms: only then does the level of proof follow it.
ALTER TABLE verdict_settings ADD COLUMN budgeted $INT NOT NULL DEFAULT 0;
UPDATE verdict_settings SET budgeted = 1 WHERE alarms <> 1;

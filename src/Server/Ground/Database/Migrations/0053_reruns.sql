-- What running a benchmark again in place yielded, for the series of a report that were suspected. Not part of the series:
-- kept so that a state which is made again from the metrics knows what reruns have shown.
CREATE TABLE reruns (
    series_id $INT NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    report_id $INT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    level $REAL NOT NULL, -- Of the rank test, over all series of the report.
    fresh_values $BLOB NOT NULL,
    PRIMARY KEY (series_id, report_id)
) $CLUSTERED;
CREATE INDEX reruns_by_report ON reruns (report_id);

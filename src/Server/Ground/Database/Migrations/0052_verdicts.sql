-- What judging the next value of a series needs. Rebuilt from the metrics where it is missing or of another format.
CREATE TABLE series_states (
    series_id $INT PRIMARY KEY REFERENCES series (id) ON DELETE CASCADE,
    state $BLOB NOT NULL
) $STRICT;

-- What was said about each series of a report, packed.
CREATE TABLE report_verdicts (
    report_id $INT PRIMARY KEY REFERENCES reports (id) ON DELETE CASCADE,
    verdicts $BLOB NOT NULL
) $STRICT;

-- A proven change: the benchmarks of a branch that became slower, or faster, at the same commit.
CREATE TABLE changes (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    head_id $INT NOT NULL REFERENCES heads (id) ON DELETE CASCADE,
    version_id $INT NOT NULL, -- Since when. Not a reference: the change outlives the version, so number and hash are kept here too.
    number $INT NOT NULL,
    hash $TEXT,
    report_id $INT REFERENCES reports (id) ON DELETE SET NULL, -- The first that proved it.
    verdict $TEXT NOT NULL, -- slower, faster
    state $TEXT NOT NULL, -- open, accepted, dismissed, returned, refuted
    note $TEXT, -- Of the person who decided.
    user_id $INT REFERENCES users (id) ON DELETE SET NULL, -- Who decided.
    created $INT NOT NULL,
    modified $INT NOT NULL
) $STRICT;
CREATE INDEX changes_by_state ON changes (project_id, state, modified);
CREATE INDEX changes_by_head ON changes (head_id, state);
CREATE INDEX changes_by_report ON changes (report_id);
CREATE INDEX changes_by_user ON changes (user_id);

-- The series that changed.
CREATE TABLE change_series (
    change_id $INT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    series_id $INT NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    number $INT NOT NULL, -- Under which the state of the series knows the change.
    since $INT NOT NULL, -- The version since when, as this series has it.
    proven $INT NOT NULL, -- The version that proved it.
    decided $INT, -- The newest version when a person accepted or dismissed it.
    state $TEXT NOT NULL,
    before_median $REAL NOT NULL,
    after_median $REAL NOT NULL,
    effect $REAL NOT NULL, -- Relative, with its interval.
    effect_low $REAL NOT NULL,
    effect_high $REAL NOT NULL,
    proof $TEXT NOT NULL,
    p $REAL NOT NULL,
    PRIMARY KEY (change_id, series_id)
) $CLUSTERED;
CREATE INDEX change_series_by_series ON change_series (series_id);
CREATE INDEX change_series_by_since ON change_series (since);

-- What happened to a change.
CREATE TABLE change_events (
    id $ID,
    change_id $INT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    kind $TEXT NOT NULL,
    series $INT NOT NULL, -- How many of its series it is about.
    report_id $INT REFERENCES reports (id) ON DELETE SET NULL,
    user_id $INT REFERENCES users (id) ON DELETE SET NULL,
    note $TEXT,
    created $INT NOT NULL
) $STRICT;
CREATE INDEX change_events_by_change ON change_events (change_id);
CREATE INDEX change_events_by_report ON change_events (report_id);
CREATE INDEX change_events_by_user ON change_events (user_id);

-- How long a project keeps its results; a project without a row keeps all.
CREATE TABLE retentions (
    project_id $INT PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    policy $TEXT NOT NULL, -- keep, thin, drop
    days $INT NOT NULL, -- Results that are older than this are thinned or dropped.
    archives $INT NOT NULL, -- 1 where what is removed goes to the archive first.
    swept $INT, -- In this round, reports that started before this have been looked at; null before the first.
    round_began $INT, -- A round looks at all old reports once, and the days that become old meanwhile.
    looked $INT -- When the sweep last came to its end.
) $STRICT;

-- What retention has removed, each an object in the blob store. The row is there before the object and goes after it, so
-- that no object is ever forgotten.
CREATE TABLE retention_archives (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL, -- Not a reference: the row outlives its project until the object is removed.
    key $TEXT NOT NULL,
    whole $INT NOT NULL, -- 1 once the object is there.
    first_time $INT NOT NULL, -- The start of the first report, and of the last.
    last_time $INT NOT NULL,
    reports $INT NOT NULL,
    metrics $INT NOT NULL,
    size $INT NOT NULL, -- Bytes.
    created $INT NOT NULL
) $STRICT;
CREATE INDEX retention_archives_by_project ON retention_archives (project_id, id);

-- How many of its metrics retention has removed.
ALTER TABLE reports ADD COLUMN removed $INT NOT NULL DEFAULT 0;

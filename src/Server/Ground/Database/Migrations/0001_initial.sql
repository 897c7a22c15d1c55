-- Keys are integers inside and UUIDs outside. Times are seconds since 1970, yes and no are 1 and 0, enums are their words.

-- One row: this installation.
CREATE TABLE servers (
    id $ID,
    uuid $TEXT NOT NULL,
    created $INT NOT NULL
) $STRICT;

-- One row: how many units of work have deleted something. What a server remembers of histories holds only as long as this stays as it is.
CREATE TABLE deletions (
    units $INT NOT NULL
) $STRICT;
INSERT INTO deletions (units) VALUES (0);

CREATE TABLE users (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    name $TEXT NOT NULL,
    slug $TEXT NOT NULL UNIQUE,
    email $TEXT NOT NULL UNIQUE,
    admin $INT NOT NULL,
    locked $INT NOT NULL,
    created $INT NOT NULL,
    modified $INT NOT NULL
) $STRICT;

CREATE TABLE user_keys (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    user_id $INT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name $TEXT NOT NULL,
    hash $TEXT NOT NULL UNIQUE,
    creation $INT NOT NULL,
    expiration $INT NOT NULL,
    revoked $INT
) $STRICT;
CREATE INDEX user_keys_by_user ON user_keys (user_id);

-- Browsers that were signed out before their cookie was over, until it is.
CREATE TABLE ended_sessions (
    uuid $TEXT PRIMARY KEY,
    expires $INT NOT NULL
) $CLUSTERED;
CREATE INDEX ended_sessions_by_end ON ended_sessions (expires);

CREATE TABLE organizations (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    name $TEXT NOT NULL,
    slug $TEXT NOT NULL UNIQUE,
    created $INT NOT NULL,
    modified $INT NOT NULL,
    deleted $INT
) $STRICT;

CREATE TABLE organization_roles (
    organization_id $INT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id $INT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role $TEXT NOT NULL,
    created $INT NOT NULL,
    modified $INT NOT NULL,
    PRIMARY KEY (organization_id, user_id)
) $CLUSTERED;
CREATE INDEX organization_roles_by_user ON organization_roles (user_id);

CREATE TABLE projects (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    organization_id $INT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name $TEXT NOT NULL,
    slug $TEXT NOT NULL UNIQUE,
    url $TEXT,
    visibility $TEXT NOT NULL,
    measures $TEXT NOT NULL DEFAULT 'usual', -- Which ones runs record that do not say so themselves.
    pattern $TEXT, -- Of the adapter pattern.
    created $INT NOT NULL,
    modified $INT NOT NULL,
    deleted $INT,
    UNIQUE (organization_id, name)
) $STRICT;

CREATE TABLE project_roles (
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id $INT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role $TEXT NOT NULL,
    created $INT NOT NULL,
    modified $INT NOT NULL,
    PRIMARY KEY (project_id, user_id)
) $CLUSTERED;
CREATE INDEX project_roles_by_user ON project_roles (user_id);

CREATE TABLE project_keys (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    creator_id $INT REFERENCES users (id) ON DELETE SET NULL,
    name $TEXT NOT NULL,
    hash $TEXT NOT NULL UNIQUE,
    creation $INT NOT NULL,
    expiration $INT NOT NULL,
    revoked $INT
) $STRICT;
CREATE INDEX project_keys_by_project ON project_keys (project_id);

-- Keys of an organization, each for what its scopes say.
CREATE TABLE api_keys (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    organization_id $INT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name $TEXT NOT NULL,
    prefix $TEXT NOT NULL, -- Its first characters, by which people tell keys apart.
    hash $TEXT NOT NULL UNIQUE,
    scopes $TEXT NOT NULL, -- Words with blanks between them.
    created $INT NOT NULL,
    expires $INT, -- Never, where it is null.
    last_used $INT, -- As of the last minute.
    revoked $INT
) $STRICT;
CREATE INDEX api_keys_by_organization ON api_keys (organization_id);

CREATE TABLE specs (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    name $TEXT NOT NULL,
    slug $TEXT NOT NULL UNIQUE,
    os $TEXT NOT NULL,
    architecture $TEXT NOT NULL,
    sandbox $TEXT,
    cpu $INT NOT NULL,
    memory $INT NOT NULL,
    disk $INT NOT NULL,
    network $INT NOT NULL,
    fallback $INT,
    created $INT NOT NULL,
    modified $INT NOT NULL,
    archived $INT
) $STRICT;
CREATE UNIQUE INDEX specs_fallback ON specs ((fallback IS NOT NULL)) WHERE fallback IS NOT NULL; -- One at most.

-- A machine that carries jobs out. Without an organization it serves all.
CREATE TABLE runners (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    name $TEXT NOT NULL,
    slug $TEXT NOT NULL UNIQUE,
    organization_id $INT REFERENCES organizations (id) ON DELETE CASCADE,
    key_hash $TEXT NOT NULL UNIQUE,
    maintenance $TEXT, -- Why it gets no new job, where an operator said so.
    draining $INT NOT NULL, -- Whether it said so itself.
    slots $INT, -- How many of its slots are used; null for as many as it opens.
    agent_policy $TEXT NOT NULL, -- never, idle_only, partitioned: whether it takes other work than benchmarks.
    boot $TEXT, -- Another one each time that its program starts.
    os $TEXT, -- What it told about itself: this for lists, and everything as JSON.
    arch $TEXT,
    version $TEXT,
    facts $TEXT,
    last_heartbeat $INT,
    revision $INT NOT NULL, -- Grows with each change of the runner, its labels, its specs and its slots; heartbeats apart.
    created $INT NOT NULL,
    modified $INT NOT NULL,
    archived $INT
) $STRICT;
CREATE INDEX runners_by_organization ON runners (organization_id);

CREATE TABLE runner_labels (
    runner_id $INT NOT NULL REFERENCES runners (id) ON DELETE CASCADE,
    label $TEXT NOT NULL,
    PRIMARY KEY (runner_id, label)
) $CLUSTERED;

CREATE TABLE runner_specs (
    id $ID, -- In the order in which they were given to it.
    runner_id $INT NOT NULL REFERENCES runners (id) ON DELETE CASCADE,
    spec_id $INT NOT NULL REFERENCES specs (id),
    UNIQUE (runner_id, spec_id)
) $STRICT;
CREATE INDEX runner_specs_by_spec ON runner_specs (spec_id);

CREATE TABLE branches (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name $TEXT NOT NULL,
    slug $TEXT NOT NULL,
    head_id $INT, -- Its current head. Not a reference: both rows come into being together.
    created $INT NOT NULL,
    modified $INT NOT NULL,
    archived $INT,
    UNIQUE (project_id, name),
    UNIQUE (project_id, slug)
) $STRICT;

CREATE TABLE heads (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    branch_id $INT NOT NULL REFERENCES branches (id) ON DELETE CASCADE,
    start_head_id $INT REFERENCES heads (id) ON DELETE SET NULL,
    start_version_id $INT,
    changes $INT NOT NULL DEFAULT 0, -- How often metrics have come to it, where several servers share the database.
    created $INT NOT NULL,
    replaced $INT
) $STRICT;
CREATE INDEX heads_by_branch ON heads (branch_id);
CREATE INDEX heads_by_start_head ON heads (start_head_id);

-- A point on the head that it was made on. Other heads see it through head_histories.
CREATE TABLE versions (
    id $ID,
    head_id $INT NOT NULL REFERENCES heads (id) ON DELETE CASCADE,
    number $INT NOT NULL,
    hash $TEXT
) $STRICT;
CREATE INDEX versions_by_head ON versions (head_id, id);
CREATE INDEX versions_by_hash ON versions (head_id, hash);

-- What a head sees: its own versions, and those of the heads that it began from up to the point where it did.
-- Version keys grow along every head, so what is shared is a range, however long the history is.
CREATE TABLE head_histories (
    head_id $INT NOT NULL REFERENCES heads (id) ON DELETE CASCADE,
    source_head_id $INT NOT NULL,
    version_min $INT NOT NULL,
    version_max $INT NOT NULL,
    PRIMARY KEY (head_id, source_head_id)
) $CLUSTERED;
CREATE INDEX head_histories_by_source ON head_histories (source_head_id);

CREATE TABLE testbeds (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name $TEXT NOT NULL,
    slug $TEXT NOT NULL,
    spec_id $INT REFERENCES specs (id) ON DELETE SET NULL,
    created $INT NOT NULL,
    modified $INT NOT NULL,
    archived $INT,
    UNIQUE (project_id, name),
    UNIQUE (project_id, slug)
) $STRICT;
CREATE INDEX testbeds_by_spec ON testbeds (spec_id);

CREATE TABLE benchmarks (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name $TEXT NOT NULL,
    slug $TEXT NOT NULL,
    created $INT NOT NULL,
    modified $INT NOT NULL,
    archived $INT,
    UNIQUE (project_id, name),
    UNIQUE (project_id, slug)
) $STRICT;

CREATE TABLE measures (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name $TEXT NOT NULL,
    slug $TEXT NOT NULL,
    units $TEXT NOT NULL,
    created $INT NOT NULL,
    modified $INT NOT NULL,
    archived $INT,
    UNIQUE (project_id, name),
    UNIQUE (project_id, slug)
) $STRICT;

CREATE TABLE thresholds (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    branch_id $INT NOT NULL REFERENCES branches (id) ON DELETE CASCADE,
    testbed_id $INT NOT NULL REFERENCES testbeds (id) ON DELETE CASCADE,
    measure_id $INT NOT NULL REFERENCES measures (id) ON DELETE CASCADE,
    model_id $INT, -- The one in force, if any. Not a reference: the model refers to its threshold.
    created $INT NOT NULL,
    modified $INT NOT NULL,
    UNIQUE (branch_id, testbed_id, measure_id)
) $STRICT;
CREATE INDEX thresholds_by_project ON thresholds (project_id, created);
CREATE INDEX thresholds_by_testbed ON thresholds (testbed_id);
CREATE INDEX thresholds_by_measure ON thresholds (measure_id);

CREATE TABLE models (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    threshold_id $INT NOT NULL REFERENCES thresholds (id) ON DELETE CASCADE,
    test $TEXT NOT NULL,
    min_sample_size $INT,
    max_sample_size $INT,
    time_window $INT, -- Seconds.
    lower_boundary $REAL,
    upper_boundary $REAL,
    created $INT NOT NULL,
    replaced $INT
) $STRICT;
CREATE INDEX models_by_threshold ON models (threshold_id);

CREATE TABLE reports (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id $INT REFERENCES users (id) ON DELETE SET NULL,
    head_id $INT NOT NULL REFERENCES heads (id) ON DELETE CASCADE,
    version_id $INT NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    testbed_id $INT NOT NULL REFERENCES testbeds (id) ON DELETE CASCADE,
    spec_id $INT REFERENCES specs (id) ON DELETE SET NULL,
    adapter $TEXT NOT NULL,
    start_time $INT NOT NULL,
    end_time $INT NOT NULL,
    counts $TEXT NOT NULL, -- By iteration: benchmarks:measures, separated by commas.
    metrics $INT NOT NULL, -- How many it has.
    remarks $TEXT NOT NULL DEFAULT '', -- What was read of each output, as JSON.
    idempotency_key $TEXT,
    created $INT NOT NULL
) $STRICT;
CREATE INDEX reports_by_time ON reports (project_id, start_time, end_time, created);
CREATE INDEX reports_by_version ON reports (version_id);
CREATE INDEX reports_by_head ON reports (head_id);
CREATE INDEX reports_by_testbed ON reports (testbed_id);
CREATE INDEX reports_by_spec ON reports (spec_id);
CREATE UNIQUE INDEX reports_by_idempotency_key ON reports (project_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- A run that a runner carries out. What it asks for is as it was when it was accepted.
CREATE TABLE jobs (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    key $TEXT NOT NULL UNIQUE, -- Its name as a pod.
    kind $TEXT NOT NULL, -- benchmark
    organization_id $INT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    report_id $INT UNIQUE REFERENCES reports (id) ON DELETE CASCADE, -- The one that it fills.
    spec_id $INT REFERENCES specs (id),
    digest $TEXT NOT NULL, -- Of the image's manifest.
    config $TEXT NOT NULL, -- What the runner is told, as JSON.
    timeout $INT NOT NULL, -- Seconds.
    priority $INT NOT NULL, -- The highest goes first.
    address $TEXT, -- Where it was asked for from.
    status $TEXT NOT NULL,
    reason $TEXT, -- Why it is so, as a sentence.
    error $TEXT, -- What was wrong with its results.
    exit_code $INT, -- The last one that the runner reported.
    attempts $INT NOT NULL, -- How often it was handed out.
    runner_id $INT REFERENCES runners (id),
    slot $INT,
    lease $TEXT, -- The last claim of it.
    declined_by $INT, -- The runner that could not begin it last, which gets it again only after a while.
    declined $INT, -- When that was.
    lost $INT, -- When it failed because its runner was gone.
    environment $TEXT, -- What the machine looked like, as JSON.
    output_id $INT, -- What it wrote, of all that was stored for it.
    claimed $INT,
    started $INT,
    completed $INT,
    heartbeat $INT,
    created $INT NOT NULL,
    modified $INT NOT NULL
) $STRICT;
CREATE INDEX jobs_by_project ON jobs (project_id, created, id);
CREATE INDEX jobs_by_image ON jobs (project_id, digest);
CREATE INDEX jobs_by_runner ON jobs (runner_id, created, id);
CREATE UNIQUE INDEX jobs_by_lease ON jobs (lease) WHERE lease IS NOT NULL;
CREATE INDEX jobs_by_spec ON jobs (spec_id);
CREATE INDEX jobs_by_organization ON jobs (organization_id, claimed);
CREATE INDEX jobs_by_organization_time ON jobs (organization_id, created, id);
CREATE INDEX jobs_by_time ON jobs (created, id);
CREATE INDEX jobs_waiting ON jobs (spec_id, priority, organization_id, id) WHERE status = 'pending';
CREATE INDEX jobs_waiting_by_organization ON jobs (organization_id, id) WHERE status = 'pending';
CREATE INDEX jobs_held ON jobs (organization_id, address) WHERE status IN ('claimed', 'running');
CREATE INDEX jobs_unprocessed ON jobs (id) WHERE status = 'completed';

-- What jobs have written. The row is there before the object in the blob store and goes after it, so that no object is ever forgotten.
CREATE TABLE job_outputs (
    id $ID,
    key $TEXT NOT NULL UNIQUE,
    job_id $INT NOT NULL, -- Not a reference: the row outlives the job until its object is removed.
    created $INT NOT NULL
) $STRICT;
CREATE INDEX job_outputs_by_job ON job_outputs (job_id);

-- A place on a runner where one job can run. That a job is in one place only is a rule of the table.
CREATE TABLE runner_slots (
    runner_id $INT NOT NULL REFERENCES runners (id) ON DELETE CASCADE,
    slot $INT NOT NULL,
    kind $TEXT NOT NULL, -- benchmark, agent, any
    cpuset $TEXT,
    memory $INT,
    channel $TEXT, -- The connection that serves it, while there is one.
    job_id $INT UNIQUE REFERENCES jobs (id) ON DELETE SET NULL,
    PRIMARY KEY (runner_id, slot)
) $CLUSTERED;

CREATE TABLE series (
    id $ID,
    head_id $INT NOT NULL REFERENCES heads (id) ON DELETE CASCADE,
    testbed_id $INT NOT NULL REFERENCES testbeds (id) ON DELETE CASCADE,
    spec_id $INT NOT NULL, -- 0 for none, so that the rule of uniqueness holds.
    benchmark_id $INT NOT NULL REFERENCES benchmarks (id) ON DELETE CASCADE,
    measure_id $INT NOT NULL REFERENCES measures (id) ON DELETE CASCADE,
    UNIQUE (head_id, testbed_id, measure_id, benchmark_id, spec_id)
) $STRICT;
CREATE INDEX series_by_benchmark ON series (benchmark_id);
CREATE INDEX series_by_measure ON series (measure_id);
CREATE INDEX series_by_testbed ON series (testbed_id);

-- There will be a billion of these. On SQLite the key is where the row lies: a series is read from one place, in its order.
CREATE TABLE metrics (
    series_id $INT NOT NULL,
    version_id $INT NOT NULL,
    start_time $INT NOT NULL,
    report_id $INT NOT NULL,
    iteration $INT NOT NULL,
    value $REAL NOT NULL,
    lower_value $REAL,
    upper_value $REAL,
    model_id $INT,
    baseline $REAL,
    lower_limit $REAL,
    upper_limit $REAL,
    PRIMARY KEY (series_id, version_id, start_time, report_id, iteration)
) $CLUSTERED;

CREATE TABLE alerts (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    report_id $INT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    series_id $INT NOT NULL,
    iteration $INT NOT NULL,
    model_id $INT NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    boundary_limit $TEXT NOT NULL,
    status $TEXT NOT NULL,
    modified $INT NOT NULL
) $STRICT;
CREATE INDEX alerts_by_report ON alerts (report_id);
CREATE INDEX alerts_by_status ON alerts (project_id, status, modified, model_id);
CREATE INDEX alerts_by_model ON alerts (model_id);
CREATE INDEX alerts_by_series ON alerts (series_id);

CREATE TABLE plots (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    title $TEXT,
    place $INT NOT NULL, -- Plots stand in the order of this number.
    lower_value $INT NOT NULL,
    upper_value $INT NOT NULL,
    lower_boundary $INT NOT NULL,
    upper_boundary $INT NOT NULL,
    x_axis $TEXT NOT NULL,
    y_axis $TEXT NOT NULL,
    time_window $INT NOT NULL,
    created $INT NOT NULL,
    modified $INT NOT NULL
) $STRICT;
CREATE INDEX plots_by_place ON plots (project_id, place);

CREATE TABLE plot_items (
    plot_id $INT NOT NULL REFERENCES plots (id) ON DELETE CASCADE,
    kind $TEXT NOT NULL, -- branch, testbed, benchmark, measure
    item_id $INT NOT NULL,
    place $INT NOT NULL,
    PRIMARY KEY (plot_id, kind, item_id)
) $CLUSTERED;
CREATE INDEX plot_items_by_item ON plot_items (kind, item_id);

-- What the registry stores: each content once, whatever repositories have it. A repository is a project.
CREATE TABLE blobs (
    id $ID,
    digest $TEXT NOT NULL UNIQUE,
    size $INT NOT NULL,
    used $INT NOT NULL, -- When it was last brought or asked for: what nobody needs is kept for a while after that.
    created $INT NOT NULL
) $STRICT;
CREATE INDEX blobs_by_use ON blobs (used);

-- Which repositories have it.
CREATE TABLE repository_blobs (
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    blob_id $INT NOT NULL REFERENCES blobs (id),
    used $INT NOT NULL,
    PRIMARY KEY (project_id, blob_id)
) $CLUSTERED;
CREATE INDEX repository_blobs_by_blob ON repository_blobs (blob_id);
CREATE INDEX repository_blobs_by_use ON repository_blobs (used);

CREATE TABLE uploads (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE, -- Whoever knows it may go on with the upload.
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    size $INT NOT NULL,
    used $INT NOT NULL,
    created $INT NOT NULL
) $STRICT;
CREATE INDEX uploads_by_project ON uploads (project_id);
CREATE INDEX uploads_by_use ON uploads (used);

-- Where the bytes are: what each request brought is an object of its own in the blob store. The row is there before the object and goes
-- after it, so that no object is ever forgotten: a part whose upload and whose blob are both gone waits for its object to be removed.
CREATE TABLE blob_parts (
    id $ID,
    key $TEXT NOT NULL UNIQUE,
    upload_id $INT, -- Not references: the part outlives both.
    blob_id $INT,
    place $INT, -- Which byte of the blob is its first; null while it is being brought.
    size $INT NOT NULL
) $STRICT;
CREATE INDEX blob_parts_by_upload ON blob_parts (upload_id);
CREATE INDEX blob_parts_by_blob ON blob_parts (blob_id, place);

CREATE TABLE manifests (
    id $ID,
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    digest $TEXT NOT NULL,
    media_type $TEXT NOT NULL,
    artifact_type $TEXT,
    subject $TEXT, -- The digest of what it says something about, if that is here or not.
    annotations $TEXT, -- As JSON, of those with a subject.
    body $BLOB NOT NULL,
    size $INT NOT NULL,
    used $INT NOT NULL,
    created $INT NOT NULL,
    UNIQUE (project_id, digest)
) $STRICT;
CREATE INDEX manifests_by_use ON manifests (used);
CREATE INDEX manifests_by_subject ON manifests (project_id, subject, id) WHERE subject IS NOT NULL;

-- What a manifest names: the digests of blobs, or of other manifests.
CREATE TABLE manifest_digests (
    manifest_id $INT NOT NULL REFERENCES manifests (id) ON DELETE CASCADE,
    digest $TEXT NOT NULL,
    project_id $INT NOT NULL,
    PRIMARY KEY (manifest_id, digest)
) $CLUSTERED;
CREATE INDEX manifest_digests_by_digest ON manifest_digests (project_id, digest);

CREATE TABLE tags (
    project_id $INT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name $TEXT NOT NULL,
    manifest_id $INT NOT NULL REFERENCES manifests (id) ON DELETE CASCADE,
    modified $INT NOT NULL,
    PRIMARY KEY (project_id, name)
) $CLUSTERED;
CREATE INDEX tags_by_manifest ON tags (manifest_id);

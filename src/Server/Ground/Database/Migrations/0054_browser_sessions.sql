-- Browsers that have signed in, so that their user can see and end them. One that signed in before this table has no row, and is as good.
CREATE TABLE browser_sessions (
    uuid $TEXT PRIMARY KEY,
    user_id $INT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    agent $TEXT, -- What the browser calls itself.
    created $INT NOT NULL,
    expires $INT NOT NULL,
    last_used $INT NOT NULL -- As of the last hour.
) $CLUSTERED;
CREATE INDEX browser_sessions_by_user ON browser_sessions (user_id, created);

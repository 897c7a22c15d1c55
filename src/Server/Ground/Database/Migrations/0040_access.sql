-- Since when a user has the address. A token from before then was given to whoever had the address before.
ALTER TABLE users ADD COLUMN email_since $INT NOT NULL DEFAULT 0;
UPDATE users SET email_since = modified; -- When it changed last is not known, but not later than this.

-- Of the token that makes the first administrator; null once there is one.
ALTER TABLE servers ADD COLUMN setup_hash $TEXT;

-- Somebody was invited to an organization. Good once, until it expires or is revoked.
CREATE TABLE invitations (
    id $ID,
    uuid $TEXT NOT NULL UNIQUE,
    organization_id $INT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    inviter_id $INT REFERENCES users (id) ON DELETE SET NULL,
    email $TEXT NOT NULL,
    user_id $INT REFERENCES users (id) ON DELETE CASCADE, -- Who had that address then, if anybody: nobody else may accept it.
    name $TEXT,
    role $TEXT NOT NULL,
    created $INT NOT NULL,
    expires $INT NOT NULL,
    accepted $INT,
    revoked $INT
) $STRICT;
CREATE INDEX invitations_by_organization ON invitations (organization_id);
CREATE INDEX invitations_by_email ON invitations (email);
CREATE INDEX invitations_by_inviter ON invitations (inviter_id);
CREATE INDEX invitations_by_user ON invitations (user_id);

-- A user wants another address, which has not been confirmed.
CREATE TABLE address_changes (
    user_id $INT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    uuid $TEXT NOT NULL UNIQUE,
    email $TEXT NOT NULL,
    expires $INT NOT NULL
) $STRICT;

-- Who began the upload: anonymous, user or project. Who goes on with it sends no token, so this is asked instead.
ALTER TABLE uploads ADD COLUMN bearer $TEXT;
ALTER TABLE uploads ADD COLUMN subject $TEXT; -- The user's or the project's UUID.
ALTER TABLE uploads ADD COLUMN key_uuid $TEXT; -- The key whose token it was.

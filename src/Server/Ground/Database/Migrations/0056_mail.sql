-- Mail that waits for the mail server.
CREATE TABLE mails (
    id $ID,
    recipient $TEXT NOT NULL,
    subject $TEXT NOT NULL,
    body $TEXT NOT NULL, -- Encrypted: it may hold a link that signs somebody in.
    attempts $INT NOT NULL,
    due $INT NOT NULL, -- When it is tried next.
    expires $INT NOT NULL, -- When it is not worth delivering any more.
    error $TEXT, -- Why the last try failed.
    created $INT NOT NULL
) $STRICT;
CREATE INDEX mails_by_due ON mails (due, id);

-- Messages of services that tell what came back, each taken once. No address stands here, and a row stays for as long as
-- the message would still be believed.
CREATE TABLE told (
    webhook TEXT NOT NULL,
    message TEXT NOT NULL,
    recorded_s BIGINT NOT NULL,
    PRIMARY KEY (webhook, message)
) WITHOUT ROWID;

CREATE INDEX told_recorded ON told (recorded_s);

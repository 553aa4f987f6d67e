-- Mails that came back, each counted once. No address stands here; erasing a subscriber leaves a number.
CREATE TABLE returned (
    -- The mail's own id.
    mail TEXT NOT NULL,
    campaign BIGINT NOT NULL,
    subscriber BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('hard', 'soft', 'complaint')),
    recorded_s BIGINT NOT NULL,
    PRIMARY KEY (subscriber, campaign, mail)
);

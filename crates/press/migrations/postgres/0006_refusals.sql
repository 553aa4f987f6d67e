-- Messages that were refused for good in a way that may be meant for everybody: what becomes of others tells. No address
-- stands here; erasing a subscriber leaves a number.
CREATE TABLE refusal (
    campaign BIGINT NOT NULL,
    subscriber BIGINT NOT NULL,
    refused_s BIGINT NOT NULL, -- the first time
    PRIMARY KEY (campaign, subscriber)
);

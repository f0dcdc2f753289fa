-- With which revision a row was last written, so that other nodes read only what is new to them.
ALTER TABLE incident ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE vendor ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
CREATE INDEX incident_by_revision ON incident (revision);
CREATE INDEX vendor_by_revision ON vendor (revision);

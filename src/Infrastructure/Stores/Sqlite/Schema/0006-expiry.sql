-- When a stream with a time of its own is dropped, open or closed, and by how much that moves with each use (both null for most streams).
alter table streams add column expires integer;
alter table streams add column time_to_live integer;

create index streams_by_expires on streams (expires) where expires is not null;
-- Those that the retention drops. Without it, each would be found behind all closed streams with a time of their own.
create index streams_by_retention on streams (closed) where closed is not null and expires is null;

alter table sse_streaming.streams
    -- When a stream with a time of its own is dropped, open or closed, and by how much that moves with each use; null for most streams.
    add column expires timestamptz,
    add column time_to_live interval;

create index streams_by_expires on sse_streaming.streams (expires) where expires is not null;

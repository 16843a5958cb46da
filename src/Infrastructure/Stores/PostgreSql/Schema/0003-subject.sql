-- Whose a stream is; the owner is the node that writes it. What was there before is nobody's.
alter table sse_streaming.streams
    add column subject text,
    add column shared boolean not null default false;

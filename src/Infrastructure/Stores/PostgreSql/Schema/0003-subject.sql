-- The subject is the user that the stream belongs to; the owner is the node that writes it. Existing streams have no subject.
alter table sse_streaming.streams
    add column subject text,
    add column shared boolean not null default false;

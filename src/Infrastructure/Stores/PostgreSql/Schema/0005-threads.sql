alter table sse_streaming.streams add column thread text;

create index streams_by_subject on sse_streaming.streams (subject, created, id) where subject is not null;
create index streams_by_thread on sse_streaming.streams (subject, thread, created, id) where thread is not null;

-- Not in the row of the stream, which each append copies. Nodes of older versions drop streams without deleting from here.
create table sse_streaming.properties (
    stream_id uuid primary key references sse_streaming.streams on delete cascade,
    data      text not null
);

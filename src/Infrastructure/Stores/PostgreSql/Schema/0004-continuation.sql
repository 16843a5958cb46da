alter table sse_streaming.streams
    -- How often a dead node's stream was taken over since its last segment.
    add column take_overs smallint not null default 0,
    -- The owner has stopped its generation. It stays the owner until another node has taken the stream, so that older nodes ignore it.
    add column handed_over boolean not null default false,
    add column checkpoint bytea;

-- In the row that each append updates anyway. Without compression, as blocks.
alter table sse_streaming.streams alter column checkpoint set storage external;

create index streams_handed_over on sse_streaming.streams (owner) where handed_over and ending is null;

-- Not in the row of the stream, which each append copies.
create table sse_streaming.requests (
    stream_id uuid  primary key,
    data      bytea not null
);

-- Nodes of older versions, which write no version, close the streams that they take over.
alter table sse_streaming.nodes add column version integer not null default 0;

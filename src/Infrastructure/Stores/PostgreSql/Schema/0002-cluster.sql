create table sse_streaming.nodes (
    id          uuid        primary key,
    -- The time from which the lease has been held without an interruption.
    since       timestamptz not null,
    lease_until timestamptz not null
) with (fillfactor = 50);

create table sse_streaming.viewers (
    stream_id uuid    not null,
    node_id   uuid    not null,
    count     integer not null,
    primary key (stream_id, node_id)
);

create index viewers_by_node on sse_streaming.viewers (node_id);

alter table sse_streaming.streams
    add column stop_requested boolean not null default false,
    -- The generation ended with its node: the new owner only has to close the stream.
    add column taken_over boolean not null default false;

create index streams_to_stop on sse_streaming.streams (owner) where stop_requested and ending is null;
create index streams_to_close on sse_streaming.streams (owner) where taken_over and ending is null;

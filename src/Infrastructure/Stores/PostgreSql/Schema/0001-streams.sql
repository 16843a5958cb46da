-- Each append updates a row of streams. It changes no indexed column, and half of each page is left free, so that these are heap-only
-- updates: they add no index entries, and their dead rows are removed without a vacuum.
create table sse_streaming.streams (
    id          uuid        primary key,
    owner       uuid        not null,
    created     timestamptz not null,
    closed_at   timestamptz,
    first       bigint      not null,
    last        bigint      not null,
    segments    bigint      not null,
    characters  bigint      not null,
    bytes       bigint      not null,
    ending      smallint,
    source      text        not null,
    idem_key    text        unique,
    idem_digest text
) with (fillfactor = 50);

create index streams_open_by_owner on sse_streaming.streams (owner) where ending is null;
create index streams_closed_by_age on sse_streaming.streams (closed_at) where ending is not null;

-- One row for each append. Without a foreign key, which would lock the row of the stream for each of them.
create table sse_streaming.blocks (
    stream_id uuid   not null,
    first     bigint not null,
    data      bytea  not null,
    primary key (stream_id, first)
);

-- Without compression: single words compress badly, and appends are limited by the processor.
alter table sse_streaming.blocks alter column data set storage external;

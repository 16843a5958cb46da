-- Times are in ticks of 100 ns since the year 1, UTC. The key of a stream is a small number, because rows under its random id would
-- spread the streams that are written at the same time over as many pages.
create table streams (
    key integer primary key autoincrement,
    id blob not null unique,
    source text not null,
    created integer not null,
    idempotency_key text,
    idempotency_digest text,
    owner blob not null,
    first integer not null,
    last integer not null,
    ending integer,
    closed integer,
    segments integer not null,
    characters integer not null,
    bytes integer not null
) strict;

create unique index streams_by_idempotency_key on streams (idempotency_key) where idempotency_key is not null;
create index streams_by_closed on streams (closed) where closed is not null;

-- One row for each append. Rows lie in the order of their key and so by stream, which makes a replay one sequential read.
-- Freed pages are reused, but the file does not shrink.
create table blocks (
    stream integer not null,
    first integer not null,
    last integer not null,
    data blob not null,
    primary key (stream, first)
) strict, without rowid;

alter table streams add column thread text;

create index streams_by_subject on streams (subject, created, id) where subject is not null;
create index streams_by_thread on streams (subject, thread, created, id) where thread is not null;

-- Not in the row of the stream, which each append writes again.
create table properties (stream integer primary key, data text not null) strict;

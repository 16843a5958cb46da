-- Streams with blocks to delete before a sequence.
create table remains (stream integer primary key, before integer not null) strict;

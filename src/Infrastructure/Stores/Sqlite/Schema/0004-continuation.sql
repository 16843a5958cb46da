alter table streams add column take_overs integer not null default 0;
alter table streams add column handed_over integer not null default 0;
alter table streams add column stop_requested integer not null default 0;
-- In the row that each append updates anyway. The last column, because it is the only large one.
alter table streams add column checkpoint blob;
-- Not in the row of the stream, which each append writes again.
create table requests (stream integer primary key, data blob not null) strict;

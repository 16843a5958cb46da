-- The subject is the user that the stream belongs to; the owner is the process that writes it. Existing streams have no subject.
alter table streams add column subject text;
alter table streams add column shared integer not null default 0;

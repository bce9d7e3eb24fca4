-- What became of each notice, step by step: a table to which rows are only ever added. Made once.

create table review.notice (
    notice_id bigint generated always as identity primary key,
    noted_at timestamptz not null default clock_timestamp(),
    user_name text not null check (user_name <> ''),
    week_on date not null check (extract(isodow from week_on) = 1),
    state text not null check (state in ('handed over', 'sent', 'refused')),
    message_id text not null,
    content_hash text not null,
    reason text,
    check ((state = 'refused') = (reason is not null))
);
comment on table review.notice is
'One row per person, week (its Monday) and step of a notice: handed over just before the mail server is given it, then '
'sent or refused. One that was handed over and no more may have arrived, and is not sent again. Only added to.';
create index on review.notice (week_on, user_name, notice_id);
create unique index on review.notice (user_name, week_on) where state = 'sent';

create trigger refuse_change before update or delete on review.notice
for each row execute function quality.refuse_change();
create trigger refuse_truncate before truncate on review.notice
for each statement execute function quality.refuse_change();
revoke update, delete, truncate on review.notice from public, current_user;

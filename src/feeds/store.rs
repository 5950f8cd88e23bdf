//! Queries of feeds and of their content.
use std::collections::HashMap;

use chrono::{Days, Months, NaiveTime};
use data_encoding::BASE32_NOPAD;
use diesel::prelude::*;

use super::personal::PersonalFeed;
use super::{Feed, FeedScope, FeedVersion, FreshFeed, NewFeed};
use crate::Tx;
use crate::auth::{Delegate, Scope, SystemActor, tokens};
use crate::config::Settings;
use crate::cooperations::Cooperation;
use crate::db::schema::{cooperations, feeds, meetings, people as people_rows};
use crate::db::{DbConn, Id, Instant, Json};
use crate::error::{Error, Found, Result, conflict_unless};
use crate::invitations::context::Directory;
use crate::invitations::{InvitationState, compose, store as invitations};
use crate::meetings::{Meeting, MeetingStatus};
use crate::people::on_day::{PeopleByDay, PersonOnDay};
use crate::people::{self, Person, PersonRole};
use crate::series;
use calendar::FeedHead;

/// Most feeds of a cooperation.
const MAX_FEEDS: i64 = 10_000;
/// How long a cancelled meeting is shown.
const CANCELLED_SHOWN: Days = Days::new(30);
/// How long past meetings are shown.
const PAST_SHOWN: Months = Months::new(12);

/// The error of a field with an unknown id.
const MISSING: &str = "there is none with that id";

/// The feeds that the caller may see: all for coordinators, else the caller's own.
pub fn all(conn: &mut DbConn, who: &Delegate) -> Result<Vec<Feed>> {
    let mut query = feeds::table
        .filter(feeds::cooperation_id.eq(who.cooperation()))
        .filter(feeds::deleted_at.is_null())
        .order(feeds::id)
        .select(Feed::as_select())
        .into_boxed();
    if !who.coordinates() {
        query = query.filter(feeds::person_id.eq(who.person()));
    }
    Ok(query.load(conn)?)
}

/// Creates a feed.
///
/// # Errors
/// [`Error::Forbidden`] for another person's feed, or the invalid fields.
pub fn create(tx: &mut Tx, who: &Delegate, new: &NewFeed) -> Result<FreshFeed> {
    let person_id = match (new.scope, new.person_id) {
        (FeedScope::Person, Some(other)) if !who.coordinates() && who.person() != Some(other) => {
            return Err(Error::Forbidden(
                "only the coordinator may make feeds for others",
            ));
        }
        (FeedScope::Person, given) => {
            let person = given.or(who.person()).ok_or_else(|| {
                Error::invalid(
                    "person_id",
                    "required",
                    "this token belongs to no person; name one",
                )
            })?;
            people::store::find(tx, who, person).or_invalid("person_id", MISSING)?;
            Some(person)
        }
        (FeedScope::Series | FeedScope::Cooperation, _) => who.person(),
    };
    if let Some(series) = new.series_id {
        series::store::find(tx, who, series).or_invalid("series_id", MISSING)?;
    }
    let count: i64 = feeds::table
        .filter(feeds::cooperation_id.eq(who.cooperation()))
        .filter(feeds::deleted_at.is_null())
        .count()
        .get_result(&mut **tx)?;
    conflict_unless(
        count < MAX_FEEDS,
        "too_many",
        format!("at most {MAX_FEEDS} feeds"),
    )?;
    let now = tx.now;
    let feed = Feed {
        id: tx.id(),
        scope: new.scope,
        person_id,
        series_id: new.series_id,
        label: new.label.clone(),
        reminders_minutes: Json(new.reminders()),
        created_at: now,
    };
    let secret = BASE32_NOPAD.encode(&tx.secret()).to_lowercase();
    diesel::insert_into(feeds::table)
        .values((
            &feed,
            feeds::cooperation_id.eq(who.cooperation()),
            feeds::hash.eq(tokens::hash(&secret)),
            feeds::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(FreshFeed {
        kept: feed,
        url: format!("{}/feeds/{secret}.ics", tx.settings.public_url),
    })
}

/// Revokes a feed at once.
///
/// # Errors
/// [`Error::NotFound`] if the caller sees no such feed.
pub fn revoke(tx: &mut Tx, who: &Delegate, id: Id<Feed>) -> Result<()> {
    let now = tx.now;
    if !all(tx, who)?.iter().any(|feed| feed.id == id) {
        return Err(Error::NotFound);
    }
    diesel::update(feeds::table)
        .filter(feeds::id.eq(id))
        .filter(feeds::cooperation_id.eq(who.cooperation()))
        .set((feeds::deleted_at.eq(now), feeds::modified_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(())
}

/// The feed whose address has this hash, its cooperation, and its present version. A feed ends with the
/// membership of its person; what concerns all is not for guests.
pub fn by_hash(
    conn: &mut DbConn,
    hash: &str,
    now: Instant,
) -> Result<Option<(Feed, SystemActor, FeedVersion)>> {
    let row: Option<(Feed, Cooperation, i64)> = feeds::table
        .inner_join(cooperations::table.on(cooperations::id.eq(feeds::cooperation_id)))
        .left_join(people_rows::table.on(people_rows::id.nullable().eq(feeds::person_id)))
        .filter(feeds::hash.eq(hash))
        .filter(feeds::deleted_at.is_null())
        .filter(cooperations::deleted_at.is_null())
        .filter(people_rows::deleted_at.is_null())
        .select((
            Feed::as_select(),
            Cooperation::as_select(),
            cooperations::generation,
        ))
        .first(conn)
        .optional()?;
    let Some((feed, cooperation, generation)) = row else {
        return Ok(None);
    };
    let who = SystemActor::within(cooperation.id);
    if let Some(person) = feed.person_id {
        let role = people::memberships::role_on(conn, &who, person, cooperation.today(now))?;
        let is_for = |role| role != PersonRole::Guest || feed.scope == FeedScope::Person;
        if !role.is_some_and(is_for) {
            return Ok(None);
        }
    }
    let version = FeedVersion {
        generation,
        day: now.date_naive(),
    };
    Ok(Some((feed, who, version)))
}

/// Renders a feed.
pub fn calendar(
    conn: &mut DbConn,
    who: &SystemActor,
    settings: &Settings,
    feed: &Feed,
    state: FeedVersion,
) -> Result<String> {
    let directory = Directory::load(conn, who)?;
    let organizer = directory.mailbox(settings)?;
    let mut name = directory.cooperation.name.clone();
    let language = directory.cooperation.language;
    let shown = meetings_of(conn, who, feed, state)?;
    if let (FeedScope::Series, Some(series)) = (feed.scope, feed.series_id) {
        let title = series::store::find(conn, who, series)?.title;
        name = format!("{name}: {title}");
    }
    let head = |name| FeedHead {
        name,
        zone: directory.zone(),
        refresh: compose::REFRESH,
    };
    if let (FeedScope::Person, Some(person)) = (feed.scope, feed.person_id) {
        let states = invitations::of_person(conn, who, person)?;
        let states: HashMap<_, _> = states.into_iter().collect();
        let shown = concerning(conn, who, person, shown, &states)?;
        let personal = PersonalFeed::load(conn, who, &directory.cooperation, feed, person, &shown)?;
        let entries = personal.entries(&directory, &organizer, &shown, &states, state.day);
        return Ok(calendar::personal_feed(&head(name), &entries));
    }
    let entries: Vec<_> = shown
        .iter()
        .map(|meeting| {
            let (facts, geo) = (directory.facts(meeting), directory.geo(meeting));
            compose::entry(language, meeting, &facts, geo, organizer.clone())
        })
        .collect();
    Ok(calendar::feed(&head(name), &entries))
}

/// The meetings of a feed: future ones and those of the past year, without those that were
/// cancelled long ago.
fn meetings_of(
    conn: &mut DbConn,
    who: &SystemActor,
    feed: &Feed,
    state: FeedVersion,
) -> Result<Vec<Meeting>> {
    let midnight = state.day.and_time(NaiveTime::MIN).and_utc();
    let since = Instant::from(midnight.checked_sub_months(PAST_SHOWN).unwrap_or(midnight));
    let cancelled = Instant::from(
        midnight
            .checked_sub_days(CANCELLED_SHOWN)
            .unwrap_or(midnight),
    );
    let mut query = meetings::table
        .filter(meetings::cooperation_id.eq(who.cooperation()))
        .filter(meetings::starts_at.ge(since))
        .filter(
            meetings::status
                .ne(MeetingStatus::Cancelled)
                .or(meetings::cancelled_at.ge(cancelled)),
        )
        .filter(meetings::deleted_at.is_null())
        .order((meetings::starts_at, meetings::id))
        .select(Meeting::as_select())
        .into_boxed();
    if let Some(series) = feed.series_id {
        query = query.filter(meetings::series_id.eq(series));
    }
    Ok(query.load(conn)?)
}

/// The meetings that a person is or will be invited to.
fn concerning(
    conn: &mut DbConn,
    who: &SystemActor,
    person: Id<Person>,
    meetings: Vec<Meeting>,
    states: &HashMap<Id<Meeting>, InvitationState>,
) -> Result<Vec<Meeting>> {
    let person = PeopleByDay::of_person(conn, who, person)?;
    Ok(meetings
        .into_iter()
        .filter(|meeting| match states.get(&meeting.id) {
            Some(state) => *state != InvitationState::Withdrawn,
            None => (person.on(meeting.date).iter()).any(PersonOnDay::is_always_invited),
        })
        .collect())
}

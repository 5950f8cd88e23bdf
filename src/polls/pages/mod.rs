//! The page on which a person votes in a date poll.
mod view;

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web;
use maud::Markup;

use self::view::{VotePageContent, VotePageInput};
use super::view::{PollView, PollViewer};
use super::votes::{self, PollBallotInput};
use super::{Ballot, CandidateVote, Poll, PollState, VoteLink, store};
use crate::Tx;
use crate::attendance::answers::{AnswerChannel, MAX_COMMENT};
use crate::auth::SystemActor;
use crate::config::Settings;
use crate::cooperations;
use crate::db::{DbConn, Instant};
use crate::error::{Error, Result};
use crate::http::link_page::{self, Keys, LinkPage, PageRequest, clean_comment};
use crate::i18n::Language;
use crate::people::on_day::{self, PersonOnDay};

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(link_page::resource::<VotePage>());
}

/// Whose ballot it is, and in which poll.
struct VotePageCase {
    poll: Poll,
    seen: PollView,
    ballot: Ballot,
    person: PersonOnDay,
    group: String,
}

/// The comment, and the votes by the names of their fields ([`view::field`]).
type VotePageForm = HashMap<String, String>;

struct VotePage;

impl LinkPage for VotePage {
    type Link = VoteLink;
    type Case = VotePageCase;
    type Form = web::Form<VotePageForm>;

    /// The link works until the last of the candidates is over.
    fn load(
        conn: &mut DbConn,
        _: &Settings,
        id: Keys<Self>,
        now: Instant,
    ) -> Result<(SystemActor, Self::Case)> {
        let (who, ballot) = store::by_link(conn, id)?;
        let poll = store::find(conn, &who, ballot.poll_id)?;
        let candidates = store::candidates(conn, &who, poll.id)?;
        let today = now.with_timezone(&poll.zone()).date_naive();
        let people = on_day::all(conn, &who, today)?;
        let mut people = people.into_iter();
        let person = people
            .find(|person| person.id() == ballot.person_id && !person.is_removed())
            .ok_or(Error::NotFound)?;
        if candidates.iter().all(|candidate| candidate.ends_at <= now) {
            return Err(Error::NotFound);
        }
        let seer = PollViewer {
            coordinates: false,
            person: Some(person.id()),
        };
        let language = person.language();
        let case = VotePageCase {
            seen: PollView::of(conn, &who, seer, poll.clone(), language, now)?,
            group: cooperations::store::own(conn, &who)?.name,
            poll,
            ballot,
            person,
        };
        Ok((who, case))
    }

    fn act(tx: &mut Tx, who: &SystemActor, case: &Self::Case, form: &Self::Form) -> Result<()> {
        let input = input(&case.seen, form);
        if input.is_wrong() {
            return Err(Error::invalid("votes", "form", "the form has mistakes"));
        }
        let given = PollBallotInput {
            votes: input.votes,
            comment: Some(input.comment),
        };
        votes::vote(
            tx,
            who,
            &case.poll,
            case.person.id(),
            &given,
            AnswerChannel::Link,
        )?;
        Ok(())
    }

    fn view(case: &Self::Case, request: PageRequest<Self::Form>) -> Result<(StatusCode, Markup)> {
        let is_open = case.poll.takes_votes(request.now);
        let input = match &request.refused {
            Some((form, _)) => input(&case.seen, form),
            None => VotePageInput::of(&case.ballot),
        };
        let content = VotePageContent {
            language: case.person.language(),
            path: &request.path,
            person: &case.person,
            group: &case.group,
            poll: &case.poll,
            seen: &case.seen,
            ballot: &case.ballot,
            input: &input,
            saved: request.saved && case.ballot.voted_at.is_some(),
            privacy: request.settings.privacy_url.as_deref(),
        };
        let page = match case.poll.state {
            PollState::Open if is_open => view::open(&content),
            PollState::Open | PollState::Closed => view::ended(&content, "polls-page-closed"),
            PollState::Decided => view::ended(&content, "polls-page-decided"),
            PollState::Cancelled => view::ended(&content, "polls-page-cancelled"),
        };
        let status = if is_open && input.is_wrong() {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        };
        Ok((status, page))
    }

    fn not_found(language: Language) -> Option<Markup> {
        Some(view::invalid(language))
    }
}

/// What a form holds for the candidates of a poll.
fn input(seen: &PollView, form: &VotePageForm) -> VotePageInput {
    let comment = clean_comment(form.get("comment").map_or("", String::as_str));
    let mut input = VotePageInput {
        too_long: comment.chars().count() as u64 > MAX_COMMENT,
        comment,
        ..VotePageInput::default()
    };
    for candidate in &seen.candidates {
        let given = form.get(&view::field(candidate.id));
        match given.and_then(|text| text.parse().ok()) {
            Some(vote) => input.votes.push(CandidateVote {
                candidate_id: candidate.id,
                vote,
            }),
            None => input.missing.push(candidate.id),
        }
    }
    input
}

//! What the page of a poll looks like. No script, every field labelled, mistakes named at the top.
use maud::{Markup, html};

use super::super::view::{BallotView, CandidateView, PollView};
use super::super::{Ballot, Candidate, Choice, Decide, Poll, PollState, Visibility, Vote, explain};
use crate::attendance::answers::MAX_COMMENT;
use crate::db::Id;
use crate::http::page::{facts, page};
use crate::i18n::dates::{date_long, date_numeric};
use crate::i18n::{Language, say, say_with};
use crate::people::on_day::PersonOnDay;

/// What was typed into the form, and what is wrong with it.
#[derive(Default)]
pub struct Entered {
    pub votes: Vec<Choice>,
    pub comment: String,
    /// The candidates without a vote.
    pub missing: Vec<Id<Candidate>>,
    pub too_long: bool,
}

impl Entered {
    /// The form as it was sent last.
    pub fn of(ballot: &Ballot) -> Self {
        Self {
            votes: ballot.votes.0.clone(),
            comment: ballot.comment.clone().unwrap_or_default(),
            ..Self::default()
        }
    }

    pub fn is_wrong(&self) -> bool {
        self.too_long || !self.missing.is_empty()
    }

    fn vote_on(&self, candidate: Id<Candidate>) -> Option<Vote> {
        let mut all = self.votes.iter();
        let found = all.find(|choice| choice.candidate_id == candidate)?;
        Some(found.vote)
    }
}

/// All that is on the page.
pub struct Showing<'a> {
    pub language: Language,
    pub path: String,
    pub person: &'a PersonOnDay,
    pub group: &'a str,
    pub poll: &'a Poll,
    pub seen: &'a PollView,
    pub ballot: &'a Ballot,
    pub entered: &'a Entered,
    pub saved: bool,
    pub privacy: Option<&'a str>,
}

/// The name of the field for the vote on a candidate.
pub fn field(candidate: Id<Candidate>) -> String {
    format!("vote-{candidate}")
}

/// A page for a link that leads nowhere.
pub fn invalid(language: Language) -> Markup {
    let body = html! { p.note { (say(language, "polls-page-invalid-detail")) } };
    page(language, &say(language, "answers-invalid"), &body)
}

/// The candidates and the form.
pub fn open(showing: &Showing) -> Markup {
    let language = showing.language;
    let title = [("title", showing.poll.title.clone())];
    let title = match (showing.saved, showing.entered.is_wrong()) {
        (true, _) => say(language, "polls-page-thanks"),
        (false, false) => say_with(language, "polls-page-title", &title),
        (false, true) => say(language, "error-invalid"),
    };
    let body = html! {
        (mistakes(showing))
        @if showing.saved {
            div.note role="status" { p { (say(language, "polls-page-thanks-detail")) } }
        } @else { (greeting(showing)) }
        (about(showing))
        (others(showing))
        @if showing.saved { h2 { (say(language, "polls-page-change")) } }
        (form(showing))
        (rule(showing))
        (foot(showing))
    };
    page(language, &title, &body)
}

/// What came of a poll in which nobody votes any more.
pub fn ended(showing: &Showing, key: &str) -> Markup {
    let (language, poll) = (showing.language, showing.poll);
    let winner = showing.seen.candidates.iter();
    let winner = winner.clone().find(|one| Some(one.id) == poll.winner_id);
    let winner = winner.map(|winner| ("when", when(showing, winner)));
    let reason = poll.cancelled_reason.clone();
    let body = html! {
        div.note {
            @match (&showing.seen.outcome, winner) {
                (Some(outcome), _) => p { (outcome) },
                (None, Some(winner)) => p { (say_with(language, "polls-outcome-decided", &[winner])) },
                (None, None) => {}
            }
            @if poll.state != PollState::Decided {
                p { (say(language, &format!("{key}-detail"))) }
            }
            @if let Some(reason) = reason {
                p { (say_with(language, "answers-cancelled-reason", &[("reason", reason)])) }
            }
        }
        (about(showing))
        @if poll.state != PollState::Cancelled {
            (own(showing))
            (others(showing))
        }
        (foot(showing))
    };
    page(language, &say(language, key), &body)
}

fn greeting(showing: &Showing) -> Markup {
    let language = showing.language;
    let name = [
        ("given_name", showing.person.given_name().to_owned()),
        ("family_name", showing.person.family_name().to_owned()),
    ];
    html! {
        p { (say_with(language, "answers-greeting", &name)) }
        p { (say(language, "polls-page-intro")) }
    }
}

fn about(showing: &Showing) -> Markup {
    let (language, poll) = (showing.language, showing.poll);
    let minutes = [("minutes", poll.duration_minutes.to_string())];
    let minutes = say_with(language, "polls-page-minutes", &minutes);
    let rows = [
        ("answers-group", showing.group.to_owned()),
        ("polls-page-subject", poll.title.clone()),
        ("polls-page-duration", minutes),
        ("polls-page-deadline", explain::deadline(language, poll)),
    ];
    let rows = rows.map(|(label, value)| (label, Some(value)));
    html! {
        (facts(language, rows))
        p.hint { (explain::visibility(language, poll)) }
    }
}

fn mistakes(showing: &Showing) -> Markup {
    let (language, entered) = (showing.language, showing.entered);
    let missing = showing.seen.candidates.iter();
    let missing = missing.filter(|one| entered.missing.contains(&one.id));
    html! {
        @if entered.is_wrong() {
            div.note.wrong role="alert" {
                ul {
                    @for candidate in missing {
                        @let when = [("when", when(showing, candidate))];
                        li {
                            a href=(format!("#{}-yes", field(candidate.id))) {
                                (say_with(language, "polls-page-missing", &when))
                            }
                        }
                    }
                    @if entered.too_long {
                        li { a href="#comment" {
                            (say_with(language, "answers-comment-too-long", &[("max", MAX_COMMENT.to_string())]))
                        } }
                    }
                }
            }
        }
    }
}

fn when(showing: &Showing, candidate: &CandidateView) -> String {
    let candidate = Candidate {
        id: candidate.id,
        starts_at: candidate.starts_at.to_utc().into(),
        ends_at: candidate.ends_at.to_utc().into(),
    };
    explain::when(showing.language, showing.poll, &candidate)
}

fn vote_key(vote: Vote) -> &'static str {
    match vote {
        Vote::Yes => "polls-vote-yes",
        Vote::IfNeedBe => "polls-vote-if-need-be",
        Vote::No => "polls-vote-no",
    }
}

fn form(showing: &Showing) -> Markup {
    let (language, entered) = (showing.language, showing.entered);
    let max = [("max", MAX_COMMENT.to_string())];
    html! {
        form method="post" action=(showing.path) {
            @for candidate in &showing.seen.candidates {
                @let name = field(candidate.id);
                @let chosen = entered.vote_on(candidate.id);
                fieldset {
                    legend { (when(showing, candidate)) }
                    @for vote in Vote::ALL {
                        @let id = format!("{name}-{vote}");
                        div.choice {
                            input type="radio" name=(name) id=(id) value=(vote) required
                                checked[chosen == Some(*vote)];
                            label for=(id) { (say(language, vote_key(*vote))) }
                        }
                    }
                }
            }
            label.above for="comment" { (say(language, "polls-page-comment")) }
            p.hint id="comment-hint" { (say_with(language, "answers-comment-hint", &max)) }
            textarea name="comment" id="comment" maxlength=(MAX_COMMENT) aria-describedby="comment-hint" {
                (entered.comment)
            }
            p { button type="submit" { (say(language, "polls-page-send")) } }
        }
    }
}

/// How the date is chosen.
fn rule(showing: &Showing) -> Markup {
    let language = showing.language;
    let chosen = match showing.poll.decide {
        Decide::Automatically => "polls-page-automatically",
        Decide::ByHand => "polls-page-by-hand",
    };
    html! {
        p.hint { (say(language, "polls-page-rule")) " " (say(language, chosen)) }
    }
}

/// What the person has said.
fn own(showing: &Showing) -> Markup {
    let (language, ballot) = (showing.language, showing.ballot);
    let on = ballot.voted_at.map(|at| {
        let day = at.with_timezone(&showing.poll.zone()).date_naive();
        ("date", date_long(language, day))
    });
    html! {
        h2 { (say(language, "polls-page-own")) }
        @match on {
            None => p { (say(language, "polls-page-own-none")) },
            Some(on) => {
                p { (say_with(language, "answers-current-since", &[on])) }
                ul {
                    @for candidate in &showing.seen.candidates {
                        @if let Some(vote) = ballot.vote_on(candidate.id) {
                            li { (when(showing, candidate)) ": " (say(language, vote_key(vote))) }
                        }
                    }
                }
            }
        }
    }
}

/// What the others have said: with names, as numbers, or nothing, as the poll is set.
fn others(showing: &Showing) -> Markup {
    let (language, seen) = (showing.language, showing.seen);
    let with_names = showing.poll.visibility == Visibility::Open;
    let voters = seen.ballots.iter().filter(|one| one.voted_at.is_some());
    let voters: Vec<&BallotView> = voters.collect();
    let counts = [
        ("voted", seen.voted.to_string()),
        ("asked", seen.asked.to_string()),
    ];
    html! {
        h2 { (say(language, "polls-page-others")) }
        p { (say_with(language, "polls-page-counts", &counts)) }
        @if seen.candidates.iter().any(|one| one.tally.is_some()) && seen.voted > 0 {
            ul {
                @for candidate in &seen.candidates {
                    @if let Some(tally) = &candidate.tally {
                        li { strong { (when(showing, candidate)) } br; (explain::figures(language, tally)) }
                    }
                }
            }
            @if with_names { (table(showing, &voters)) }
        }
    }
}

fn table(showing: &Showing, by_name: &[&BallotView]) -> Markup {
    let (language, seen) = (showing.language, showing.seen);
    html! {
        div.wide tabindex="0" role="region" aria-label=(say(language, "polls-page-table")) {
            table {
                thead {
                    tr {
                        th scope="col" { (say(language, "polls-page-name")) }
                        @for candidate in &seen.candidates {
                            th scope="col" {
                                (date_numeric(language, candidate.starts_at.date_naive())) br;
                                (candidate.starts_at.format("%H:%M"))
                            }
                        }
                    }
                }
                tbody {
                    @for voter in by_name {
                        tr {
                            th scope="row" { (voter.name) }
                            @for candidate in &seen.candidates {
                                @let mut votes = voter.votes.iter();
                                @let vote = votes.find(|one| one.candidate_id == candidate.id);
                                td { @if let Some(one) = vote { (say(language, vote_key(one.vote))) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn foot(showing: &Showing) -> Markup {
    let language = showing.language;
    html! {
        p.hint { (say(language, "answers-personal")) }
        @if let Some(url) = showing.privacy {
            p { a href=(url) { (say(language, "answers-privacy")) } }
        }
    }
}

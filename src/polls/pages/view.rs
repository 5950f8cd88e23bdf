//! What the page of a poll looks like: without scripts, each field with its label, mistakes listed at the top.
use maud::{Markup, html};

use super::super::view::{BallotView, CandidateView, PollView};
use super::super::{
    Ballot, Candidate, CandidateVote, Decide, Poll, PollState, PollVisibility, Vote, explain,
    vote_on,
};
use crate::attendance::answers::MAX_COMMENT;
use crate::db::Id;
use crate::http::page::{facts, page};
use crate::i18n::dates::{date_long, date_numeric};
use crate::i18n::{Language, say, say_with};
use crate::people::on_day::PersonOnDay;

/// What the form holds, and what is wrong with it.
#[derive(Default)]
pub struct VotePageInput {
    pub votes: Vec<CandidateVote>,
    pub comment: String,
    /// The candidates without a vote.
    pub missing: Vec<Id<Candidate>>,
    pub too_long: bool,
}

impl VotePageInput {
    /// The votes as they are kept.
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
}

/// What the page shows.
pub struct VotePageContent<'a> {
    pub language: Language,
    pub path: &'a str,
    pub person: &'a PersonOnDay,
    pub group: &'a str,
    pub poll: &'a Poll,
    pub seen: &'a PollView,
    pub ballot: &'a Ballot,
    pub input: &'a VotePageInput,
    pub saved: bool,
    pub privacy: Option<&'a str>,
}

/// The name of the field for the vote on a candidate.
pub fn field(candidate: Id<Candidate>) -> String {
    format!("vote-{candidate}")
}

/// The page of a link that does not work.
pub fn invalid(language: Language) -> Markup {
    let body = html! { p.note { (say(language, "polls-page-invalid-detail")) } };
    page(language, &say(language, "answers-invalid"), &body)
}

/// The candidates and the form.
pub fn open(content: &VotePageContent) -> Markup {
    let language = content.language;
    let title = [("title", content.poll.title.clone())];
    let title = if content.saved {
        say(language, "polls-page-thanks")
    } else if content.input.is_wrong() {
        say(language, "error-invalid")
    } else {
        say_with(language, "polls-page-title", &title)
    };
    let body = html! {
        (mistakes(content))
        @if content.saved {
            div.note role="status" { p { (say(language, "polls-page-thanks-detail")) } }
        } @else { (greeting(content)) }
        (about(content))
        (others(content))
        @if content.saved { h2 { (say(language, "polls-page-change")) } }
        (form(content))
        (rule(content))
        (foot(content))
    };
    page(language, &title, &body)
}

/// What came of a poll in which nobody votes any more.
pub fn ended(content: &VotePageContent, key: &str) -> Markup {
    let (language, poll) = (content.language, content.poll);
    let winner = content.seen.candidates.iter();
    let winner = winner.clone().find(|one| Some(one.id) == poll.winner_id);
    let winner = winner.map(|winner| ("when", when(content, winner)));
    let reason = poll.cancelled_reason.clone();
    let body = html! {
        div.note {
            @match (&content.seen.outcome, winner) {
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
        (about(content))
        @if poll.state != PollState::Cancelled {
            (own(content))
            (others(content))
        }
        (foot(content))
    };
    page(language, &say(language, key), &body)
}

fn greeting(content: &VotePageContent) -> Markup {
    let language = content.language;
    let name = [
        ("given_name", content.person.given_name().to_owned()),
        ("family_name", content.person.family_name().to_owned()),
    ];
    html! {
        p { (say_with(language, "answers-greeting", &name)) }
        p { (say(language, "polls-page-intro")) }
    }
}

fn about(content: &VotePageContent) -> Markup {
    let (language, poll) = (content.language, content.poll);
    let minutes = [("minutes", poll.duration_minutes.to_string())];
    let minutes = say_with(language, "polls-page-minutes", &minutes);
    let rows = [
        ("answers-group", content.group.to_owned()),
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

fn mistakes(content: &VotePageContent) -> Markup {
    let (language, input) = (content.language, content.input);
    let missing = content.seen.candidates.iter();
    let missing = missing.filter(|one| input.missing.contains(&one.id));
    html! {
        @if input.is_wrong() {
            div.note.wrong role="alert" {
                ul {
                    @for candidate in missing {
                        @let when = [("when", when(content, candidate))];
                        li {
                            a href=(format!("#{}-yes", field(candidate.id))) {
                                (say_with(language, "polls-page-missing", &when))
                            }
                        }
                    }
                    @if input.too_long {
                        li { a href="#comment" {
                            (say_with(language, "answers-comment-too-long", &[("max", MAX_COMMENT.to_string())]))
                        } }
                    }
                }
            }
        }
    }
}

fn when(content: &VotePageContent, candidate: &CandidateView) -> String {
    let candidate = Candidate {
        id: candidate.id,
        starts_at: candidate.starts_at.to_utc().into(),
        ends_at: candidate.ends_at.to_utc().into(),
    };
    explain::when(content.language, content.poll, &candidate)
}

fn vote_key(vote: Vote) -> &'static str {
    match vote {
        Vote::Yes => "polls-vote-yes",
        Vote::IfNeedBe => "polls-vote-if-need-be",
        Vote::No => "polls-vote-no",
    }
}

fn form(content: &VotePageContent) -> Markup {
    let (language, input) = (content.language, content.input);
    let max = [("max", MAX_COMMENT.to_string())];
    html! {
        form method="post" action=(content.path) {
            @for candidate in &content.seen.candidates {
                @let name = field(candidate.id);
                @let chosen = vote_on(&input.votes, candidate.id);
                fieldset {
                    legend { (when(content, candidate)) }
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
                (input.comment)
            }
            p { button type="submit" { (say(language, "polls-page-send")) } }
        }
    }
}

/// How the date is chosen.
fn rule(content: &VotePageContent) -> Markup {
    let language = content.language;
    let chosen = match content.poll.decide {
        Decide::Automatically => "polls-page-automatically",
        Decide::ByHand => "polls-page-by-hand",
    };
    html! {
        p.hint { (say(language, "polls-page-rule")) " " (say(language, chosen)) }
    }
}

/// What the person has said.
fn own(content: &VotePageContent) -> Markup {
    let (language, ballot) = (content.language, content.ballot);
    let on = ballot.voted_at.map(|at| {
        let day = at.with_timezone(&content.poll.zone()).date_naive();
        ("date", date_long(language, day))
    });
    html! {
        h2 { (say(language, "polls-page-own")) }
        @match on {
            None => p { (say(language, "polls-page-own-none")) },
            Some(on) => {
                p { (say_with(language, "answers-current-since", &[on])) }
                ul {
                    @for candidate in &content.seen.candidates {
                        @if let Some(vote) = ballot.vote_on(candidate.id) {
                            li { (when(content, candidate)) ": " (say(language, vote_key(vote))) }
                        }
                    }
                }
            }
        }
    }
}

/// What the others have said: with names, as numbers, or nothing, as the poll is set.
fn others(content: &VotePageContent) -> Markup {
    let (language, seen) = (content.language, content.seen);
    let with_names = content.poll.visibility == PollVisibility::Open;
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
                        li { strong { (when(content, candidate)) } br; (explain::figures(language, tally)) }
                    }
                }
            }
            @if with_names { (table(content, &voters)) }
        }
    }
}

fn table(content: &VotePageContent, by_name: &[&BallotView]) -> Markup {
    let (language, seen) = (content.language, content.seen);
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
                                @let vote = vote_on(&voter.votes, candidate.id);
                                td { @if let Some(vote) = vote { (say(language, vote_key(vote))) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn foot(content: &VotePageContent) -> Markup {
    let language = content.language;
    html! {
        p.hint { (say(language, "answers-personal")) }
        @if let Some(url) = content.privacy {
            p { a href=(url) { (say(language, "answers-privacy")) } }
        }
    }
}
